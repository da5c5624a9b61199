// What an ONNX file says of itself, read without an ONNX library and without its weights: however large the file, only
// the graph's description comes into memory. Nothing is checked that only a back end can know (whether operators exist,
// whether shapes fit).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amsel/result.h"
#include "card/card.h"

namespace amsel {

/// An input or an output of the graph.
struct OnnxValue {
  std::string name;
  bool is_tensor = false;  ///< else a sequence, a map, or something optional: then there is neither type nor shape
  int type = 0;            ///< TensorProto.DataType, as a number; 0: not said
  bool has_shape = false;  ///< false: not even the rank is said
  std::vector<std::int64_t> shape;      ///< -1 where a size is free
  std::vector<std::string> free_names;  ///< as long as `shape`: the name of a free size ("batch"), or empty
  bool has_default = false;             ///< an input: an initialiser has its name, so that it need not be given
};

/// How stored integers stand for real numbers: real = scale · (stored − zero_point).
struct OnnxQuantization {
  double scale = 1;
  std::int64_t zero_point = 0;
  int type = 0;  ///< of the stored number, TensorProto.DataType; 0: the file does not say (no zero point)
};

/// A node on the way from the input, or to the output, with what is constant of it.
struct OnnxStep {
  std::string op;                    ///< "Softmax"; that of a domain of its own as "domain::Name"
  std::optional<std::int64_t> axis;  ///< its attribute `axis`, where given
  /// Values of its other operand, where that is a constant of at most 64 numbers in the file itself; empty otherwise.
  std::vector<double> constant;
  bool constant_first = false;  ///< the constant is the left operand (constant − x)
  bool has_constant = false;    ///< its other operand is a constant, `constant` known or not
  /// QuantizeLinear and DequantizeLinear of one scale, which stands in the file itself.
  std::optional<OnnxQuantization> quantization;
};

struct OnnxInput : OnnxValue {
  /// The nodes that consume it one after another, the nearest first, at most 8: as long as each is the only one to
  /// consume what the one before it gave, and up to and including the first that does more than prepare: not Cast, Sub,
  /// Add, Mul, Div, Transpose, Identity, QuantizeLinear, DequantizeLinear, Reshape, Squeeze, Unsqueeze, Clip, Pad or
  /// Resize. So {"Sub", "Div", "Conv"} is a normalisation that the file brings.
  std::vector<OnnxStep> steps;
};

struct OnnxOutput : OnnxValue {
  /// The nodes that make it, the last one first, at most 16: through those that only pass values on (Identity, Cast,
  /// Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Dropout, QuantizeLinear, DequantizeLinear) up to and including
  /// the first that computes. Empty where the output is an input or a constant.
  std::vector<OnnxStep> steps;
};

struct OnnxFile {
  std::int64_t ir_version = 0;
  std::vector<std::pair<std::string, std::int64_t>> opsets;  ///< domain (empty: ONNX's own) and version, as listed
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  std::int64_t model_version = 0;
  std::string doc;  ///< of the model; texts of more than 4 MiB are left out
  std::string graph_name;
  /// Keys and values in the order of the file; the key may come twice. A value of more than 4 MiB is left out (empty).
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<OnnxInput> inputs;  ///< with those that have a default
  std::vector<OnnxOutput> outputs;
  std::int64_t nodes = 0;                   ///< in the graph, in graphs inside it, and in functions
  std::map<std::string, std::int64_t> ops;  ///< how often each operator stands in them, named as OnnxStep::op
  std::int64_t initializers = 0;            ///< of the graph itself
  /// How much smaller the smallest map is than the image, by the strides on the way to it; at least 1.
  std::int64_t reduction = 1;
  /// Files that tensors anywhere in the file name, as they name them (relative to the file's folder, unchecked), each
  /// with the bytes that it must have at least.
  std::map<std::string, std::uint64_t> data_files;
};

/// Reads a file; the error names it and says where it is no ONNX file. A file in the format of ONNX Runtime (.ort) is
/// refused by name.
Result<OnnxFile> ReadOnnxFile(const std::string& path);

/// The same, but nothing where the bytes are no ONNX file at all: back ends may know files of other kinds by that name.
Result<std::optional<OnnxFile>> ReadIfOnnx(const std::string& path);

/// The same of bytes in memory; `name` stands in errors.
Result<OnnxFile> ParseOnnx(std::string_view bytes, const std::string& name);

/// ONNX's name of an element type: "FLOAT", "UINT8"; "UNDEFINED" for 0, "type 77" for what is not known.
std::string OnnxTypeName(int type);

/// The quantisation of what the output holds: that of the QuantizeLinear which makes it, seen through nodes that move
/// values without changing them. Absent: it holds real numbers, or what is known does not tell.
std::optional<OnnxQuantization> StoredAs(const OnnxOutput& output);

/// What the output probably is, from the node that computes it: probabilities after Softmax; kSigmoid after Sigmoid
/// where the shape says that it is one value alone, else probabilities; logits otherwise (LogSoftmax too, which
/// log-softmax leaves as it is).
OutputKind LikelyKind(const OnnxOutput& output);

}  // namespace amsel
