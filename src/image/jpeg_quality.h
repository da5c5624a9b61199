// How much was lost when a JPEG was made, from its quantisation table.
#pragma once

#include <string_view>

namespace amsel {

/// The quality, 1 to 100, at which libjpeg and its kin would have written the luminance table that is nearest to the
/// file's by the sum of absolute differences; of equally near ones the highest. 100 where the file is no JPEG or has no
/// whole table.
int JpegQuality(std::string_view file);

}  // namespace amsel
