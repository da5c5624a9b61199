// Configurations of training frameworks, as JSON and as an ONNX file's metadata: what is read of one makes a card that
// is read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "card/card.h"
#include "describe/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)amsel::FromMetadata({{"names", std::string(text)}, {"imgsz", std::string(text)}}, "model.onnx");
  const auto json = amsel::ParseJson(text, "config.json");
  if (!json.ok()) return 0;
  const auto config = amsel::ParseFrameworkConfig(*json, "config.json");
  if (!config.ok() || !config->preprocess) return 0;
  amsel::Card card;
  card.name = card.input_name = card.output_name = card.labels = "x";
  card.preprocess = *config->preprocess;
  if (!amsel::ParseCard(amsel::CardToJson(card), "card.json").ok()) std::abort();
  return 0;
}
