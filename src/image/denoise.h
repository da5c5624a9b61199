// Smooths what compression and sensors add to pixels, and keeps edges.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "amsel/preprocess.h"

namespace amsel {

/// The bilateral filter (Tomasi and Manduchi, Bilateral Filtering for Gray and Color Images, ICCV 1998) over 5 pixels.
/// Keeps its result's memory; OpenCV takes some of its own for every image. Not thread-safe.
class Denoiser {
 public:
  /// For pixels as Resizer gives them for `preprocess`.
  explicit Denoiser(const Preprocess& preprocess);

  /// The span is valid until the next call.
  std::span<const std::uint8_t> Apply(std::span<const std::uint8_t> pixels);

 private:
  int height_;
  int width_;
  int channels_;
  std::vector<std::uint8_t> smooth_;
};

}  // namespace amsel
