// A zoo on disk: zoo/<candidate>/card.json and zoo/<candidate>/<version>/model.onnx (Triton's repository layout).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "card/card.h"
#include "card/labels.h"

namespace amsel {

struct ZooEntry {
  Card card;
  std::string card_file;                ///< where the card was read
  std::string model_file;               ///< the ONNX file of the highest version, or the ORT file
  std::vector<std::string> labels;      ///< of its own card
  std::vector<std::string> data_files;  ///< that the ONNX file names, relative to its folder
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

/// What is wrong with a zoo.
struct ZooFault {
  std::string candidate;  ///< the name of its folder; empty: of the zoo as a whole
  std::string message;    ///< names the file and the field
};

/// What a zoo holds, and all that is wrong with it.
struct ZooReading {
  Zoo zoo;  ///< its entries are the candidates that nothing is wrong with
  std::vector<ZooFault> faults;
  /// Names of folders that are no candidates, having neither card nor DNN; not those that systems make for themselves.
  std::vector<std::string> passed_over;
};

/// Reads every card and the labels, and finds the DNN files with their data files (card/dnn_files.h). Of ONNX files it
/// reads the description; no back end opens them.
ZooReading ReadZoo(const std::string& path, const ZooOptions& options = {});

/// A zoo that nothing is wrong with; the error lists all faults, one a line.
Result<Zoo> LoadZoo(const std::string& path, const ZooOptions& options = {});

/// The model.onnx of the highest version in a candidate's folder, or its model.ort where that version has no
/// model.onnx; the error names the folder.
Result<std::string> FindModelFile(const std::string& folder);

}  // namespace amsel
