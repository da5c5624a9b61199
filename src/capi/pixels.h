// Raw pixels of a caller as the image that the engine takes.
#pragma once

#include <cstdint>

#include "amsel/amsel.h"
#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// Copies. Errors: no data, no pixels or more than `max_pixels`, an unknown format, rows that overlap.
Result<Image> ImageFromPixels(const amsel_pixels& pixels, std::int64_t max_pixels);

}  // namespace amsel
