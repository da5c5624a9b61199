// The list of images that a user hands over.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "profile/dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> labels{"cat", "dog", "7", "dog"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto dataset = amsel::ParseImagesCsv(text, "images.csv", "folder", labels);
  if (!dataset.ok()) return 0;
  if (dataset->images.empty()) std::abort();
  for (const amsel::LabelledImage& image : dataset->images) {
    const bool sound = !image.key.empty() && image.label >= 0 && image.label < 4 && image.weight >= 0;
    if (!sound) std::abort();
  }
  return 0;
}
