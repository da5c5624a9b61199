// Views of any format as the BGR pixels that preprocessing and features read.
#pragma once

#include <cstdint>

#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// Error when the view cannot be read: no pixels, more than `max_pixels`, rows longer than the stride, NV12 of odd
/// size.
Status CheckView(const ImageView& view, std::int64_t max_pixels);

/// `view` as BGR: itself, or a view of `converted`, whose memory is reused. `view` must have passed CheckView.
ImageView ToBgr(const ImageView& view, Image& converted);

}  // namespace amsel
