// The bytes of one segment of a TIFF image, unpacked as they are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "image/tiff.h"

namespace amsel {

class TiffSegment {
 public:
  virtual ~TiffSegment() = default;

  /// Fills in the next `count` bytes; false where the segment ends before, or is damaged.
  virtual bool Read(std::uint8_t* to, std::size_t count) = 0;
};

/// `coding` is none of JPEG. `packed` outlives what is given.
std::unique_ptr<TiffSegment> OpenTiffSegment(TiffPage::Coding coding, std::string_view packed);

}  // namespace amsel
