// Where a JPEG's picture ends, and how much work it is.
#pragma once

#include <cstddef>
#include <string_view>

namespace amsel {

struct JpegExtent {
  std::size_t bytes = 0;  ///< up to its end of image; all of them where it has none
  int scans = 0;          ///< starts of scans before that
};

/// Walks from marker to marker as decoders do, so that neither pictures inside segments nor what follows the end (a
/// motion photo's video, the second picture of an MPO file) count.
JpegExtent ExtentOf(std::string_view jpeg);

}  // namespace amsel
