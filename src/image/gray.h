// Grey as Pillow makes it of colour.
#pragma once

#include <cstdint>

#include "amsel/image.h"

namespace amsel {

/// What Pillow's convert("L") gives: (19595 · red + 38470 · green + 7471 · blue + 32768) / 65536, without the fraction.
/// OpenCV's grey may differ by a level. `image` is BGR, its stride not 0; `gray` holds width × height bytes.
void GrayAsPillow(const ImageView& image, std::uint8_t* gray);

}  // namespace amsel
