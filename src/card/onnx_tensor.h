// A TensorProto of an ONNX file: where its values lie, and the values themselves where there are few.
#pragma once

#include <string>

#include "card/onnx_graph.h"
#include "card/proto_reader.h"

namespace amsel {

struct OnnxTensor {
  std::string name;
  OnnxConstant constant;
  std::string data_file;       ///< the file that holds its values, as the tensor names it; empty: this file
  std::uint64_t data_end = 0;  ///< bytes that the data file has at least
};

/// Faults go to the message's source.
OnnxTensor ReadOnnxTensor(ProtoMessage message);

/// The value of an element of TensorProto.DataType `type` from its bits; types whose values we do not read give 0.
double OnnxNumber(int type, std::uint64_t bits);

}  // namespace amsel
