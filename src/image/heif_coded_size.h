// Sizes inside the coded pictures of HEIC and AVIF, which decoders take memory by, whatever the boxes declare.
#pragma once

#include <cstdint>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

/// Refuses a file in which a coded picture may have more than `max_pixels` pixels, but for what codecs pad, and, where
/// an AV1 stream may choose sizes anew, more than four times as many.
Status CheckCodedSizes(std::string_view heif, std::int64_t max_pixels);

}  // namespace amsel
