// The nodes of one ONNX graph by their operands, to see what the input runs into and what makes the output.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "card/onnx_file.h"

namespace amsel {

/// A tensor whose values stand in the file.
struct OnnxConstant {
  int type = 0;
  std::vector<double>
      values;  ///< empty unless there are at most 64, of a type whose values we read, and in the file itself
};

struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::optional<std::int64_t> axis;
  std::optional<OnnxConstant> value;  ///< of a Constant
};

/// What a reader collects of the outermost graph.
struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxConstant> initializers;

  /// Fills the steps of the file's inputs and outputs, and which inputs have a default.
  void Trace(OnnxFile& file);
};

}  // namespace amsel
