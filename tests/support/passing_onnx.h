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
};

inline std::string PassingOnnx::Bytes() const {
  const auto cast_to = [](OnnxType type) {
    return ProtoWriter().Bytes(1, "to").Number(3, static_cast<std::uint64_t>(type)).Number(20, 2).bytes();
  };
  const auto value = [](const std::string& name, OnnxType type, const OnnxShape& sizes) {
    if (!sizes) {
      const std::string tensor = ProtoWriter().Number(1, static_cast<std::uint64_t>(type)).bytes();
      return ProtoWriter().Bytes(1, name).Bytes(2, ProtoWriter().Bytes(1, tensor).bytes()).bytes();
    }
    std::vector<std::string> texts;
    for (const int size : *sizes) {
      texts.push_back(size < 0 ? name + "_" + std::to_string(texts.size()) : std::to_string(size));
    }
    return OnnxValueBytes(name, type, texts);
  };
  const bool quantised = output_type == OnnxType::kUint8 || output_type == OnnxType::kInt8;
  const std::vector<int> sizes = reshape ? *reshape : output_shape.value_or(std::vector<int>{-1, 4});
  const std::vector<std::int64_t> target(sizes.begin(), sizes.end());
  const int rank = static_cast<int>(target.size());
  const std::string raw_target(reinterpret_cast<const char*>(target.data()), target.size() * sizeof(target[0]));
  ProtoWriter graph;
  graph.Bytes(1, OnnxNodeBytes("Cast", {"input"}, "real", cast_to(OnnxType::kFloat)))
      .Bytes(1, OnnxNodeBytes("Reshape", {"real", "target"}, "shaped"))
      .Bytes(1, quantised ? OnnxNodeBytes("QuantizeLinear", {"shaped", "scale", "zero_point"}, "output")
                          : OnnxNodeBytes("Cast", {"shaped"}, "output", cast_to(output_type)))
      .Bytes(2, "passing")
      .Bytes(5, OnnxTensorBytes("target", kOnnxInt64, {rank}, raw_target));
  if (quantised) {
    graph.Bytes(5, OnnxTensorBytes("scale", OnnxType::kFloat, {}, RawFloats({scale})))
        .Bytes(5, OnnxTensorBytes("zero_point", output_type, {}, std::string(1, static_cast<char>(zero_point))));
  }
  graph.Bytes(11, value("input", input_type, input_shape));
  if (shape_is_input) graph.Bytes(11, value("target", kOnnxInt64, {{rank}}));
  for (const Further& more : further) {
    if (more.raw_default) graph.Bytes(5, OnnxTensorBytes(more.name, more.type, {}, *more.raw_default));
    graph.Bytes(11, value(more.name, more.type, std::vector<int>{}));
  }
  return OnnxModelBytes(graph.Bytes(12, value("output", output_type, output_shape)).bytes());
}

}  // namespace amsel
