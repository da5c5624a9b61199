// Crop, resize and pad in one go, from decoded pixels to as many as a DNN takes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "amsel/preprocess.h"
#include "image/resize_filter.h"
#include "image/resize_plan.h"
#include "image/resize_taps.h"

namespace amsel {

/// Equal for cards that can share their resized pixels: the same fit, crop, size, interpolation, padding, and grey or
/// not. Colour order, mirroring, normalisation and layout come after, and may differ.
std::string ResizeKey(const Preprocess& preprocess);

/// Resizes image after image to one size. Keeps its working memory: images no larger than one before take none
/// (interpolation kArea apart, which is OpenCV's but where a card has a resize_side). Not thread-safe.
class Resizer {
 public:
  explicit Resizer(const Preprocess& preprocess);

  /// What the card takes of the picture, as 8-bit pixels [height × width × 3] in BGR, or [height × width] for grey
  /// cards. `image` is BGR and not empty. The span is valid until the next call.
  std::span<const std::uint8_t> Resize(const ImageView& image);

 private:
  enum class Method { kNearest, kLinear, kCubic, kOpenCvArea, kFilter };

  std::size_t stride() const { return static_cast<std::size_t>(spec_.width) * channels_; }
  void Aim(const ResizePlan& plan);
  /// The pixels that the taps count from, grey for grey cards.
  ImageView Source(const ImageView& image);
  void ResizeNearest(const ImageView& source, std::uint8_t* out) const;
  /// Row y of the source, resized across; rows outside are those at the border. Valid until another two are asked for.
  const std::int16_t* RowAcross(const ImageView& source, int y);
  void ResizeLinear(const ImageView& source, std::uint8_t* out);
  void ResizeCubic(const ImageView& source, std::uint8_t* out);
  void ResizeArea(const ImageView& source, std::uint8_t* out) const;
  /// Fills what the plan leaves of the result.
  void Pad();

  Preprocess spec_;
  int channels_;
  std::array<std::uint8_t, 3> pad_;     ///< in BGR
  ResizePlan plan_{{.length = 0}, {}};  ///< that the rest was computed for; at first none that there is
  Method method_ = Method::kLinear;
  Taps across_;
  Taps down_;
  FilterResizer filter_;
  std::vector<std::uint8_t> gray_;   ///< the source, for grey cards
  std::vector<std::int16_t> row_;    ///< bicubic: a row of the result, not yet resized across, its border repeated
  std::vector<std::uint8_t> bytes_;  ///< bilinear: a row of the source, its border repeated
  std::vector<std::int16_t> rows_across_;   ///< bilinear: two rows of the source, resized across
  std::array<int, 2> row_in_slot_{-1, -1};  ///< which two
  std::vector<std::uint8_t> pixels_;        ///< the result, and room to write whole vectors
};

}  // namespace amsel
