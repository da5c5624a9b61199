// Views: one DNN on an altered image counts as a candidate of its own.
#pragma once

#include <string>
#include <vector>

#include "amsel/preprocess.h"

namespace amsel {

inline constexpr const char* kIdentityView = "identity";

/// identity (the image as it is), hflip (mirrored), denoise (smoothed, edges kept).
const std::vector<std::string>& Views();

/// `preprocess` as the view needs it; `view` is one of Views().
Preprocess InView(Preprocess preprocess, const std::string& view);

/// Which of Views() that is.
std::string ViewOf(const Preprocess& preprocess);

/// "resnet20", or "resnet20@hflip" for a view that is not identity.
std::string NameInView(const std::string& candidate, const std::string& view);

}  // namespace amsel
