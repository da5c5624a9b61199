// card.json of each use; what was read of one survives being written and read again, but for sizes that a partial one
// leaves to the DNN.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "card/card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = amsel::ParseJson(text, "card.json");
  if (!json.ok()) return 0;
  for (const amsel::CardUse use : {amsel::CardUse::kDefaults, amsel::CardUse::kFeatureDnn}) {
    (void)amsel::ParseCard(*json, "card.json", use);
  }
  const auto card = amsel::ParseCard(*json, "card.json");
  if (!card.ok()) return 0;
  const amsel::Json written = amsel::CardToJson(*card);
  const auto again = amsel::ParseCard(written, "card.json");
  if (!again.ok() || amsel::CardToJson(*again) != written) std::abort();
  return 0;
}
