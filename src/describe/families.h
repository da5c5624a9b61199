// The usual ways in which pictures become a classifier's input, as training code and frameworks write them.
#pragma once

#include <string>
#include <vector>

#include "amsel/preprocess.h"

namespace amsel {

/// What a reading of pixels may be wrong in, one thing at a time.
enum class Aspect { kSize, kNormalization, kChannels, kFit, kInterpolation };

inline constexpr Aspect kAspects[] = {Aspect::kSize, Aspect::kNormalization, Aspect::kChannels, Aspect::kFit,
                                      Aspect::kInterpolation};

/// The fields of a card that say it: "preprocess.mean and preprocess.std".
const char* FieldOf(Aspect aspect);

/// What `p` says of it, for people: "RGB", "0..1 (mean 0, std 255)", "resize_side 256".
std::string ValueOf(Aspect aspect, const Preprocess& p);

/// `p`, but for what the fields of the aspect say in `from`.
Preprocess With(Preprocess p, Aspect aspect, const Preprocess& from);

/// `p` with each usual value of the aspect, the likeliest first. `p` itself need not be among them. Sizes are those of
/// inputs that leave theirs free; quantised inputs have one usual normalisation, that of plain pixels; another order of
/// channels takes mean and std along.
std::vector<Preprocess> Usual(Aspect aspect, const Preprocess& p);

}  // namespace amsel
