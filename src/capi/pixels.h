// Raw pixels of a caller as the view that the engine takes.
#pragma once

#include "amsel/amsel.h"
#include "amsel/image.h"
#include "amsel/result.h"

namespace amsel {

/// A copy of a caller's struct, which may be of another version. Error where it is null.
Result<amsel_pixels> CopyOf(const amsel_pixels* pixels);

/// Errors: no data, an unknown format. What else can be wrong the engine finds.
Result<ImageView> ViewOfPixels(const amsel_pixels& pixels);

}  // namespace amsel
