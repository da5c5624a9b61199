// Which pixels of one side of a picture make up each pixel of the result, and with what weights.
#pragma once

#include <cstdint>
#include <vector>

#include "amsel/preprocess.h"
#include "image/resize_plan.h"

namespace amsel {

/// Positions count from `low`, the first pixel of the side that any of the result's reads.
struct Taps {
  int low = 0;                        ///< counted from the plan's `from`
  int extent = 1;                     ///< pixels from there to the last that is read
  int per_pixel = 0;                  ///< taps of each pixel of the result
  std::vector<int> first;             ///< position of the first tap of each pixel of the result
  std::vector<std::int16_t> weights;  ///< `per_pixel` for each
  std::vector<std::int16_t> fine;     ///< filters: what the weights leave (see AimFilter)
  std::vector<double> exact;          ///< working memory
};

inline constexpr int kFilterBits = 22;  ///< of the weights of filters, as in Pillow
inline constexpr int kFineBits = 11;

/// How OpenCV's resize samples, without antialiasing.
enum class Sampling {
  kNearest,      ///< one tap, no weights
  kLinear,       ///< two taps of 11 bits; positions may lie outside [0, extent), where the border is repeated
  kEnlargeArea,  ///< the same, with the weights of INTER_AREA where a side does not shrink
  kCubic         ///< four taps of 11 bits, likewise
};

void AimAsOpenCv(const SidePlan& plan, Sampling sampling, Taps& taps);

/// As Pillow's resize: the filter of `interpolation` (bilinear, bicubic with a = −0.5, lanczos with 3 lobes) widens
/// with the scale where the side shrinks, and its weights are divided by their sum; its reach ends with the side, not
/// with what of it is taken. kArea: each pixel is the mean of what it covers, as OpenCV's where the side shrinks.
/// A weight is weights · 2^kFineBits + fine, 1 being 2^kFilterBits; `fine` is not negative. `per_pixel` is a multiple
/// of `multiple`, a power of two from 2, and positions are even and not negative; taps beyond `extent` weigh nothing.
void AimFilter(const SidePlan& plan, Interpolation interpolation, int multiple, Taps& taps);

}  // namespace amsel
