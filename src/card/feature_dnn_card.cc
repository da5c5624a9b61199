#include "card/feature_dnn_card.h"

#include <filesystem>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {

Result<Card> ReadFeatureDnnCard(const std::string& model_file) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::is_regular_file(model_file, failure))
    return BadInput(model_file + ": is not a file (expected an ONNX file)");
  const fs::path folder = fs::absolute(model_file, failure).lexically_normal().parent_path();
  for (const fs::path& card : {folder / "card.json", folder.parent_path() / "card.json"}) {
    if (!fs::exists(card, failure)) continue;
    AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(card.string(), kMaxCardBytes));
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, card.string()));
    return ParseCard(json, card.string(), CardUse::kFeatureDnn);
  }
  return BadInput(model_file + ": has no card.json beside it or one folder above; write one that says how pixels are " +
                  "prepared, with schema, input and preprocess (docs/formats/card.md)");
}

}  // namespace amsel
