// `amsel profile --views auto`: kinds of views are tried on a sample, and those that pay are profiled.
#pragma once

#include <string>
#include <vector>

#include "card/zoo.h"
#include "profile/dataset.h"
#include "profile/profiler.h"

namespace amsel {

/// What `--views` may say beside views.
inline constexpr const char* kAutoSizes = "size:auto";
inline constexpr const char* kAutoViews = "auto";

/// Profiles a sample of the images in every kind of view, beside `out` and for a moment, and adds to `profile.views`
/// the kinds that pay (doctor/try_views.h); tells on stderr what was tried, and records it (`profile.views_tried`). The
/// sample is `split` fit from then on, since something was chosen by it. Too few images for that: it says so, and adds
/// none.
Status TryViews(const Zoo& zoo, std::vector<LabelledImage>& images, Backend& backend, const Clock& clock,
                const std::string& out, ProfileOptions& profile);

/// The same sample again, in a resumed profile whose record says that one was taken.
Status MarkSample(const std::string& views_tried, std::vector<LabelledImage>& images);

}  // namespace amsel
