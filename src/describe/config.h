// What a training framework's configuration says of a DNN's input: timm's config.json, Hugging Face's
// preprocessor_config.json and config.json, and what Ultralytics writes into ONNX files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "amsel/preprocess.h"
#include "base/json.h"

namespace amsel {

struct FrameworkConfig {
  std::string source;  ///< "timm's configuration in FILE"
  /// Everything but the input's name, layout and type. Absent: it says nothing of pixels.
  std::optional<Preprocess> preprocess;
  std::vector<std::string> labels;  ///< empty: none
};

/// Reads a configuration; the error names `file` and the field, also where it asks for what no card can say.
Result<FrameworkConfig> ReadFrameworkConfig(const std::string& file);
Result<FrameworkConfig> ParseFrameworkConfig(const Json& json, const std::string& file);

/// From an ONNX file's metadata: `names` (Ultralytics), `id2label`, `labels` or `classes` as JSON or as Python writes a
/// dict or a list, and the input of Ultralytics' classifiers. What cannot be read says nothing.
FrameworkConfig FromMetadata(const std::vector<std::pair<std::string, std::string>>& metadata, const std::string& file);

}  // namespace amsel
