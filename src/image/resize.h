// Crop and resize in one go, from decoded pixels to as many as a DNN takes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "amsel/preprocess.h"

namespace amsel {

/// Equal for cards that can share their resized pixels: the same crop, size, interpolation, and grey or not. Colour
/// order, mirroring, normalisation and layout come after, and may differ.
std::string ResizeKey(const Preprocess& preprocess);

/// Resizes image after image to one size. Keeps its working memory: images no larger than one before take none
/// (interpolation kArea apart, which is OpenCV's). Not thread-safe.
class Resizer {
 public:
  explicit Resizer(const Preprocess& preprocess);

  /// The card's centre crop, as 8-bit pixels [height × width × 3] in BGR, or [height × width] for grey cards. `image`
  /// is BGR and not empty. The span is valid until the next call.
  std::span<const std::uint8_t> Resize(const ImageView& image);

 private:
  /// Where the pixels along one side come from.
  struct Axis {
    int source = 0;                     ///< length that the rest was computed for
    std::vector<int> first;             ///< position of the first tap; outside where the border is repeated
    std::vector<std::int16_t> weights;  ///< taps for each pixel
  };

  void Aim(Axis& axis, int source, int target) const;
  void ResizeNearest(const ImageView& crop);
  /// Row y of the crop, resized across; rows outside are those at the border. Valid until another two are asked for.
  const std::int16_t* RowAcross(const ImageView& crop, int y);
  void ResizeLinear(const ImageView& crop);
  void ResizeCubic(const ImageView& crop);

  int width_;
  int height_;
  int channels_;
  double crop_fraction_;
  Interpolation interpolation_;
  Axis across_;
  Axis down_;
  std::vector<std::uint8_t> gray_;   ///< the crop, for grey cards
  std::vector<std::int16_t> row_;    ///< bicubic: a row of the result, not yet resized across, its border repeated
  std::vector<std::uint8_t> bytes_;  ///< bilinear: a row of the crop, its border repeated
  std::vector<std::int16_t> rows_across_;   ///< bilinear: two rows of the crop, resized across
  std::array<int, 2> row_in_slot_{-1, -1};  ///< which two
  std::vector<std::uint8_t> pixels_;        ///< the result, and room to write whole vectors
};

}  // namespace amsel
