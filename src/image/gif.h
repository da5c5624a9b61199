// The first frame of GIF images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

struct GifPicture {
  std::int64_t width = 0;  ///< of the canvas: the screen, and what of the first frame reaches beyond it
  std::int64_t height = 0;
  int left = 0;  ///< where the first frame lies on it
  int top = 0;
  int frame_width = 0;
  int frame_height = 0;
  bool interlaced = false;
  int around = 0;            ///< colour of what the frame leaves free: the transparent one, else the first
  std::string_view palette;  ///< red, green and blue of each colour; empty: a colour is its grey
  int code_bits = 0;         ///< of a pixel
  std::string_view data;     ///< blocks of the coded pixels, and what follows them
};

/// Reads what stands before the pixels of the first frame. The caller has seen the mark.
Result<GifPicture> ReadGif(std::string_view gif);

/// Transparent pixels have the colour that their palette gives them. Fills in pixels, width and height.
Status DecodeGif(const GifPicture& picture, Image& image);

}  // namespace amsel
