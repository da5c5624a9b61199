// ONNX files written by hand: one whose input is quantised, one whose weights lie in a file beside it, and their parts.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "card/onnx_file.h"
#include "card/proto_writer.h"

namespace amsel {

/// Of TensorProto.DataType.
enum class OnnxType { kFloat = 1, kUint8 = 2, kInt8 = 3 };

/// A NodeProto; `attribute`: bytes of an AttributeProto, if it has one.
inline std::string OnnxNodeBytes(const std::string& op, const std::vector<std::string>& inputs,
                                 const std::string& output, const std::string& attribute = "") {
  ProtoWriter node;
  for (const std::string& input : inputs) node.Bytes(1, input);
  node.Bytes(2, output).Bytes(4, op);
  if (!attribute.empty()) node.Bytes(5, attribute);
  return node.bytes();
}

/// A TensorProto with its values; no sizes: a scalar.
inline std::string OnnxTensorBytes(const std::string& name, OnnxType type, const std::vector<int>& sizes,
                                   const std::string& raw) {
  ProtoWriter tensor;
  for (const int size : sizes) tensor.Number(1, static_cast<std::uint64_t>(size));
  return tensor.Number(2, static_cast<std::uint64_t>(type)).Bytes(8, name).Bytes(9, raw).bytes();
}

/// Floats as raw_data has them.
inline std::string RawFloats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// A TensorProto whose values are the bytes from `offset` on of the file `location`.
inline std::string OnnxExternalTensor(const std::string& name, OnnxType type, const std::vector<int>& sizes,
                                      const std::string& location, std::uint64_t offset, std::uint64_t length) {
  const auto entry = [](const std::string& key, const std::string& value) {
    return ProtoWriter().Bytes(1, key).Bytes(2, value).bytes();
  };
  ProtoWriter tensor;
  for (const int size : sizes) tensor.Number(1, static_cast<std::uint64_t>(size));
  return tensor.Number(2, static_cast<std::uint64_t>(type))
      .Bytes(8, name)
      .Bytes(13, entry("location", location))
      .Bytes(13, entry("offset", std::to_string(offset)))
      .Bytes(13, entry("length", std::to_string(length)))
      .Number(14, 1)
      .bytes();
}

/// A ValueInfoProto of a tensor; sizes that are no number are free, by that name.
inline std::string OnnxValueBytes(const std::string& name, OnnxType type, const std::vector<std::string>& sizes) {
  ProtoWriter shape;
  for (const std::string& size : sizes) {
    const bool fixed = !size.empty() && size.find_first_not_of("0123456789") == std::string::npos;
    shape.Bytes(1, fixed ? ProtoWriter().Number(1, std::stoull(size)).bytes() : ProtoWriter().Bytes(2, size).bytes());
  }
  const std::string tensor = ProtoWriter().Number(1, static_cast<std::uint64_t>(type)).Bytes(2, shape.bytes()).bytes();
  return ProtoWriter().Bytes(1, name).Bytes(2, ProtoWriter().Bytes(1, tensor).bytes()).bytes();
}

/// A ModelProto of IR version 8 and opset 13 with a graph of these bytes, and more fields of its own after it.
inline std::string OnnxModelBytes(const std::string& graph, const std::string& more = "") {
  return ProtoWriter().Number(1, 8).Bytes(7, graph).Bytes(8, ProtoWriter().Bytes(1, "").Number(2, 13).bytes()).bytes() +
         more;
}

/// An AttributeProto that is a tensor.
inline std::string OnnxTensorAttribute(const std::string& name, const std::string& tensor) {
  return ProtoWriter().Bytes(1, name).Bytes(5, tensor).Number(20, 4).bytes();
}

/// An AttributeProto that is a list of whole numbers, one a field as older writers have them.
inline std::string OnnxWholesAttribute(const std::string& name, const std::vector<std::uint64_t>& values) {
  ProtoWriter attribute;
  attribute.Bytes(1, name);
  for (const std::uint64_t value : values) attribute.Number(8, value);
  return attribute.Number(20, 7).bytes();
}

/// A DNN with a square input "input" [batch, 1, side, side] and two "logits": twice and minus once the mean of the
/// pixels that are above zero, by Conv, Relu and an AveragePool that knows the side; in between the file states shapes.
inline std::string PoolingOnnx(int side) {
  const auto whole = static_cast<std::uint64_t>(side);
  const std::string size = std::to_string(side);
  return OnnxModelBytes(
      ProtoWriter()
          .Bytes(1, OnnxNodeBytes("Relu", {"input"}, "lit"))
          .Bytes(1, OnnxNodeBytes("Conv", {"lit", "w"}, "map"))
          .Bytes(1, OnnxNodeBytes("AveragePool", {"map"}, "mean", OnnxWholesAttribute("kernel_shape", {whole, whole})))
          .Bytes(1, OnnxNodeBytes("Flatten", {"mean"}, "logits"))
          .Bytes(2, "pooling")
          .Bytes(5, OnnxTensorBytes("w", OnnxType::kFloat, {2, 1, 1, 1}, RawFloats({2, -1})))
          .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"batch", "1", size, size}))
          .Bytes(12, OnnxValueBytes("logits", OnnxType::kFloat, {"batch", "2"}))
          .Bytes(13, OnnxValueBytes("map", OnnxType::kFloat, {"batch", "2", size, size}))
          .bytes());
}

/// A graph from "input" through these nodes to "output".
class OnnxGraphWriter {
 public:
  OnnxGraphWriter& Node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                        const std::string& attribute = "") {
    graph_.Bytes(1, OnnxNodeBytes(op, inputs, output, attribute));
    return *this;
  }
  OnnxGraphWriter& Floats(const std::string& name, const std::vector<float>& values) {
    const std::vector<int> sizes =
        values.size() == 1 ? std::vector<int>{} : std::vector{static_cast<int>(values.size())};
    graph_.Bytes(5, OnnxTensorBytes(name, OnnxType::kFloat, sizes, RawFloats(values)));
    return *this;
  }
  OnnxGraphWriter& Byte(const std::string& name, OnnxType type, int value) {
    graph_.Bytes(5, OnnxTensorBytes(name, type, {}, std::string(1, static_cast<char>(value))));
    return *this;
  }
  std::string Model(OnnxType out = OnnxType::kFloat, const std::vector<std::string>& sizes = {"batch", "3"}) {
    graph_.Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"batch", "3"}));
    graph_.Bytes(12, OnnxValueBytes("output", out, sizes));
    return OnnxModelBytes(graph_.bytes());
  }

 private:
  ProtoWriter graph_;
};

/// The least ONNX file, told from others by `doc`: for tests whose back end opens no file.
inline std::string EmptyOnnx(const std::string& doc) {
  return OnnxModelBytes(ProtoWriter().Bytes(2, "empty").bytes(), ProtoWriter().Bytes(6, doc).bytes());
}

/// A DNN with an input "input" [1, 3] and an output "logits" [1, 2]: the product with weights that are the 24 bytes of
/// floats in the file `location`.
inline std::string OnnxWithData(const std::string& location) {
  return OnnxModelBytes(ProtoWriter()
                            .Bytes(1, OnnxNodeBytes("MatMul", {"input", "w"}, "logits"))
                            .Bytes(2, "with data")
                            .Bytes(5, OnnxExternalTensor("w", OnnxType::kFloat, {3, 2}, location, 0, 24))
                            .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"1", "3"}))
                            .Bytes(12, OnnxValueBytes("logits", OnnxType::kFloat, {"1", "2"}))
                            .bytes());
}

/// A DNN with an input "input" [batch, channels, side, side] of `type`, an output "logits" [batch, channels · side²]:
/// scale · (stored − zero_point), by DequantizeLinear and Flatten. Sizes of 0 are free.
inline std::string DequantizingOnnx(OnnxType type, int channels, int side, float scale, int zero_point) {
  int free_sizes = 0;
  const auto value = [&](const char* name, OnnxType of, std::initializer_list<int> dimensions) {
    std::vector<std::string> sizes{"batch"};
    for (const int d : dimensions) sizes.push_back(d == 0 ? name + std::to_string(free_sizes++) : std::to_string(d));
    return OnnxValueBytes(name, of, sizes);
  };
  ProtoWriter graph;
  graph.Bytes(1, OnnxNodeBytes("DequantizeLinear", {"input", "scale", "zero_point"}, "real"))
      .Bytes(1, OnnxNodeBytes("Flatten", {"real"}, "logits"))
      .Bytes(2, "dequantizing")
      .Bytes(5, OnnxTensorBytes("scale", OnnxType::kFloat, {}, RawFloats({scale})))
      .Bytes(5, OnnxTensorBytes("zero_point", type, {}, std::string(1, static_cast<char>(zero_point))))
      .Bytes(11, value("input", type, {channels, side, side}))
      .Bytes(12, value("logits", OnnxType::kFloat, {channels * side * side}));
  return OnnxModelBytes(graph.bytes());
}

/// What ParseOnnx makes of bytes that it must accept.
inline OnnxFile Parsed(const std::string& bytes) {
  const auto file = ParseOnnx(bytes, "model.onnx");
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? *file : OnnxFile{};
}

}  // namespace amsel
