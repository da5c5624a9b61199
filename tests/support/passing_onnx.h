// An ONNX file written by hand whose output has its input's values, with types, shapes and further inputs as asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/tiny_onnx.h"

namespace amsel {

// More of TensorProto.DataType.
inline constexpr OnnxType kOnnxInt64{7};
inline constexpr OnnxType kOnnxBool{9};
inline constexpr OnnxType kOnnxFloat16{10};
inline constexpr OnnxType kOnnxFloat64{11};
inline constexpr OnnxType kOnnxBfloat16{16};

/// Sizes of -1 are free; absent: not even the rank is declared.
using OnnxShape = std::optional<std::vector<int>>;

struct PassingOnnx {
  OnnxType input_type = OnnxType::kFloat;
  OnnxShape input_shape{{-1, 1, 2, 2}};
  OnnxType output_type = OnnxType::kFloat;
  OnnxShape output_shape{{-1, 4}};
  /// What the output is reshaped to, where it is not `output_shape`.
  std::optional<std::vector<int>> reshape{};
  /// Whoever runs it may ask for another shape, so that nothing but `output_shape` says what it is.
  bool shape_is_input = false;
  /// uint8 and int8 outputs, by QuantizeLinear.
  float scale = 1;
  int zero_point = 0;

  /// A scalar further input; with a default it need not be given.
  struct Further {
    std::string name;
    OnnxType type;
    std::optional<std::string> raw_default{};
  };
  std::vector<Further> further{};

  /// The file: "input" → Cast → Reshape → Cast or QuantizeLinear → "output".
  std::string Bytes() const;

 private:
  static std::string Node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                          std::optional<OnnxType> to = {}) {
    ProtoWriter made;
    for (const std::string& input : inputs) made.Bytes(1, input);
    made.Bytes(2, output).Bytes(4, op);
    if (to) {
      const auto number = static_cast<std::uint64_t>(*to);
      made.Bytes(5, ProtoWriter().Bytes(1, "to").Number(3, number).Number(20, 2).bytes());
    }
    return made.bytes();
  }

  static std::string Tensor(const std::string& name, OnnxType type, const std::string& raw,
                            std::optional<std::size_t> size = {}) {
    ProtoWriter made;
    if (size) made.Number(1, *size);
    return made.Number(2, static_cast<std::uint64_t>(type)).Bytes(8, name).Bytes(9, raw).bytes();
  }

  static std::string Value(const std::string& name, OnnxType type, const OnnxShape& sizes) {
    ProtoWriter tensor;
    tensor.Number(1, static_cast<std::uint64_t>(type));
    if (sizes) {
      ProtoWriter shape;
      int free = 0;
      for (const int size : *sizes) {
        shape.Bytes(1, size < 0 ? ProtoWriter().Bytes(2, name + std::to_string(free++)).bytes()
                                : ProtoWriter().Number(1, static_cast<std::uint64_t>(size)).bytes());
      }
      tensor.Bytes(2, shape.bytes());
    }
    return ProtoWriter().Bytes(1, name).Bytes(2, ProtoWriter().Bytes(1, tensor.bytes()).bytes()).bytes();
  }
};

inline std::string PassingOnnx::Bytes() const {
  const bool quantised = output_type == OnnxType::kUint8 || output_type == OnnxType::kInt8;
  const std::vector<int> sizes = reshape ? *reshape : output_shape.value_or(std::vector<int>{-1, 4});
  const std::vector<std::int64_t> target(sizes.begin(), sizes.end());
  const std::string raw_target(reinterpret_cast<const char*>(target.data()), target.size() * sizeof(target[0]));
  ProtoWriter graph;
  graph.Bytes(1, Node("Cast", {"input"}, "real", OnnxType::kFloat))
      .Bytes(1, Node("Reshape", {"real", "target"}, "shaped"))
      .Bytes(1, quantised ? Node("QuantizeLinear", {"shaped", "scale", "zero_point"}, "output")
                          : Node("Cast", {"shaped"}, "output", output_type))
      .Bytes(2, "passing")
      .Bytes(5, Tensor("target", kOnnxInt64, raw_target, target.size()));
  if (quantised) {
    graph.Bytes(5, Tensor("scale", OnnxType::kFloat, {reinterpret_cast<const char*>(&scale), sizeof scale}))
        .Bytes(5, Tensor("zero_point", output_type, std::string(1, static_cast<char>(zero_point))));
  }
  graph.Bytes(11, Value("input", input_type, input_shape));
  if (shape_is_input) graph.Bytes(11, Value("target", kOnnxInt64, {{static_cast<int>(target.size())}}));
  for (const Further& more : further) {
    if (more.raw_default) graph.Bytes(5, Tensor(more.name, more.type, *more.raw_default));
    graph.Bytes(11, Value(more.name, more.type, std::vector<int>{}));
  }
  graph.Bytes(12, Value("output", output_type, output_shape));
  return ProtoWriter()
      .Number(1, 8)
      .Bytes(7, graph.bytes())
      .Bytes(8, ProtoWriter().Bytes(1, "").Number(2, 13).bytes())
      .bytes();
}

}  // namespace amsel
