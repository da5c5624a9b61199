// IDX files of images and of labels.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "image/decode.h"
#include "image/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto images = amsel::ParseIdxImages(std::string(bytes), "images-idx3-ubyte");
  if (images.ok()) {
    if (images->count < 1) std::abort();
    for (const int index : {0, images->count - 1}) {
      if (!amsel::ReadImageHeader(images->Pgm(index)).ok()) std::abort();
    }
  }
  const auto labels = amsel::ParseIdxLabels(bytes, "labels-idx1-ubyte");
  if (labels.ok() && labels->size() != size - 8) std::abort();
  return 0;
}
