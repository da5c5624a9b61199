// manifest.json of a bundle; what was read survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "bundle/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = amsel::ParseJson(text, "manifest.json");
  if (!json.ok()) return 0;
  const auto manifest = amsel::ManifestFromJson(*json, "manifest.json");
  if (!manifest.ok()) return 0;
  const amsel::Json written = amsel::ManifestToJson(*manifest);
  const auto again = amsel::ManifestFromJson(written, "manifest.json");
  if (!again.ok() || amsel::ManifestToJson(*again) != written) std::abort();
  return 0;
}
