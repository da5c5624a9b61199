// What preprocessing's choices are called, in cards, in keys and for people.
#pragma once

#include <array>
#include <cstddef>

#include "amsel/preprocess.h"

namespace amsel {

/// In the order of their enumerators.
inline constexpr std::array kChannelOrderNames{"RGB", "BGR", "GRAY"};
inline constexpr std::array kInterpolationNames{"nearest", "bilinear", "bicubic", "area", "lanczos"};

constexpr const char* NameOf(ChannelOrder order) {
  return kChannelOrderNames[static_cast<std::size_t>(order)];
}

constexpr const char* NameOf(Interpolation interpolation) {
  return kInterpolationNames[static_cast<std::size_t>(interpolation)];
}

}  // namespace amsel
