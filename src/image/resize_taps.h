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
  int shift = 0;                      ///< a weight of 1 is 1 << shift
  std::vector<int> first;             ///< position of the first tap of each pixel of the result
  std::vector<std::int16_t> weights;  ///< `per_pixel` for each
  std::vector<double> exact;          ///< working memory
};

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
/// `per_pixel` is a multiple of `multiple`, a power of two from 2, and positions are even and not negative; taps beyond
/// `extent` weigh nothing. Weights have as many bits as 16-bit weights and 32-bit sums of 8-bit pixels permit, and the
/// sum of each pixel's is exactly 1.
void AimFilter(const SidePlan& plan, Interpolation interpolation, int multiple, Taps& taps);

}  // namespace amsel
