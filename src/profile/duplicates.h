// Near duplicates: images so alike that one in training would give away the answer to the other in a test.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// 16 × 16 grey pixels of the whole image, averaged (INTER_AREA): 256 bytes. Older profiles have 8 × 8.
std::string Thumbnail(const Image& image);

/// Raised with every change of what NearDuplicates finds.
inline constexpr int kNearDuplicateRule = 2;

/// Correlation of two thumbnails, of 8 × 8 pixels, from which they look alike.
inline constexpr float kAlikeCorrelation = 0.999F;
/// Pictures that look alike, directly or by way of others, are one picture where they are no more than this. More are a
/// scene that a camera kept looking at.
inline constexpr std::size_t kMostOfOnePicture = 8;
/// In a scene, one picture is what differs in no thumbnail's pixel by more grey levels than encoding does.
inline constexpr float kSamePictureLevels = 2;
inline constexpr float kSamePictureLevelsOf8x8 = 1.5F;

/// Per image, the first one that is the same picture (itself where there is none before it): images of one label whose
/// thumbnails are alike, transitively; in a scene, those that are the same to the grey level, after gain and offset.
/// In a scene of thousands each image is compared with some of those most like it (close_points.h). Flat pictures,
/// images without a thumbnail, and those that `groups` names a group of are the same as none.
std::vector<std::size_t> NearDuplicates(std::span<const std::string> thumbnails, std::span<const int> labels,
                                        std::span<const std::string> groups);

/// Group of each image, 0 …: images with equal `groups` text (not empty), equal `contents` (hashes, not empty), or the
/// same `pictures` (as NearDuplicates gives them; empty: none are) are joined, transitively.
std::vector<int> JoinGroups(std::span<const std::string> groups, std::span<const std::string> contents,
                            std::span<const std::size_t> pictures);

/// How many images share their picture with another, and how many such pictures there are.
JoinedImages CountJoined(std::span<const std::size_t> pictures);

}  // namespace amsel
