// Resizing with filters of any width, as Pillow's resize does on 8-bit pixels.
#pragma once

#include <cstdint>
#include <vector>

#include "amsel/image.h"
#include "image/resize_taps.h"

namespace amsel {

/// First across, rounded to 8 bits, then down. Results are those of Pillow to version 12, to the bit; from 13 on it
/// goes down first where a picture loses much more of its height than of its width. Keeps its working memory. Not
/// thread-safe.
class FilterResizer {
 public:
  /// What AimFilter's `multiple` has to be for the taps across; down, it is 2.
  static int MultipleAcross(int channels) { return channels == 3 ? 2 : 8; }

  /// `source` (BGR or grey) is the pixels that the taps count from: across.extent × down.extent. The result's rows
  /// begin `stride` bytes apart, and up to a byte after a row's last is written to.
  void Resize(const ImageView& source, const Taps& across, const Taps& down, std::uint8_t* out, std::size_t stride);

 private:
  static constexpr int kRows = 4;  ///< that go across at once

  void ResizeRowsAcross(const ImageView& source, const Taps& across, int first_row);
  std::uint8_t* RowAcross(int row) { return &across_[static_cast<std::size_t>(row % slots_) * across_stride_]; }

  std::vector<std::int16_t> pairs_;   ///< colour: kRows rows, of two pixels at a time blue, green and red of both
  std::vector<std::uint8_t> bytes_;   ///< grey: a row, and zeros to read after it
  std::vector<std::uint8_t> across_;  ///< rows that have gone across, each in its slot
  std::size_t pairs_stride_ = 0;
  std::size_t across_stride_ = 0;
  int slots_ = 0;
  std::vector<const std::uint8_t*> taps_;  ///< the rows that one row of the result is made of
};

}  // namespace amsel
