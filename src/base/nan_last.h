// How what may be NaN is ordered: last, whichever way the order goes. A comparison with NaN is false both ways, which
// sorts and loops over ties do not survive.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace amsel {

/// The key of `value` where lower ones come first.
template <typename Float>
Float LowFirst(Float value) {
  return std::isnan(value) ? std::numeric_limits<Float>::infinity() : value;
}

/// The key of `value` where higher ones come first.
template <typename Float>
Float HighFirst(Float value) {
  return std::isnan(value) ? -std::numeric_limits<Float>::infinity() : value;
}

/// Where the highest is, of equals the first; 0 where all are NaN.
template <typename Float>
std::size_t HighestOf(std::span<const Float> values) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const bool first_number = std::isnan(values[best]) && !std::isnan(values[i]);
    if (first_number || values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace amsel
