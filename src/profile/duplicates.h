// Near duplicates: images so alike that one in training would give away the answer to the other in a test.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "amsel/image.h"

namespace amsel {

/// 8 × 8 grey pixels of the whole image, averaged (INTER_AREA): 64 bytes.
std::string Thumbnail(const Image& image);

/// Correlation of two thumbnails from which they count as near duplicates.
inline constexpr float kNearDuplicateCorrelation = 0.999F;

/// Group of each image, 0 …: images with equal `groups` text (not empty), equal `contents` (hashes), or thumbnails
/// that correlate by kNearDuplicateCorrelation and have one label, are joined, transitively.
std::vector<int> JoinGroups(std::span<const std::string> groups, std::span<const std::string> contents,
                            std::span<const std::string> thumbnails, std::span<const int> labels);

}  // namespace amsel
