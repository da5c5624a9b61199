// The nodes of one ONNX graph by their operands, to see what the input runs into and what makes the output.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "card/onnx_file.h"
#include "card/proto_reader.h"

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
  /// Attributes that are whole numbers, of those that convolutions and pools have: "strides", "kernel_shape", "pads".
  std::map<std::string, std::vector<std::int64_t>> extents;
};

/// Into OnnxNode::extents what this attribute of the node is, if it is one of these.
void ReadExtents(ProtoMessage attribute, OnnxNode& node);

/// Whether it is an AveragePool over all of a map, as far as its kernel tells: without pads and of 4 × 4 or more.
bool LooksGlobal(const OnnxNode& node);

/// What a reader collects of the outermost graph.
struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxConstant> initializers;

  /// Fills the steps of the file's inputs and outputs, and which inputs have a default.
  void Trace(OnnxFile& file);
};

}  // namespace amsel
