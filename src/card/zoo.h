// A zoo on disk: zoo/<candidate>/card.json and zoo/<candidate>/<version>/model.onnx (Triton's repository layout).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "card/card.h"

namespace amsel {

struct ZooEntry {
  Card card;
  std::string card_file;            ///< where the card was read
  std::string model_file;           ///< the ONNX file of the highest version
  std::vector<std::string> labels;  ///< of its own card
};

struct Zoo {
  std::string path;
  std::vector<ZooEntry> entries;    ///< by name
  std::vector<std::string> labels;  ///< one per class, the same for all candidates
};

struct ZooOptions {
  /// A partial card for candidates that have none; empty: such candidates are an error.
  std::string card_defaults;
  /// Whether candidates may disagree on the labels (which only a check of cards can make use of).
  bool allow_different_labels = false;
};

/// Reads every card and the labels, and finds the DNN files; opens none of them.
Result<Zoo> LoadZoo(const std::string& path, const ZooOptions& options = {});

/// The model.onnx of the highest version in a candidate's folder; the error names the folder.
Result<std::string> FindModelFile(const std::string& folder);

/// One label a line; the error names the file.
Result<std::vector<std::string>> ReadLabels(const std::string& file);

}  // namespace amsel
