// An ONNX file written by hand: one whose input is quantised, and whose outputs are its input's real values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

namespace amsel {

/// Fields of Protocol Buffers' wire format, enough for a small ModelProto.
class ProtoWriter {
 public:
  ProtoWriter& Number(int field, std::uint64_t value) {
    Varint(static_cast<std::uint64_t>(field) << 3);
    Varint(value);
    return *this;
  }
  ProtoWriter& Bytes(int field, const std::string& bytes) {
    Varint(static_cast<std::uint64_t>(field) << 3 | 2);
    Varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

/// Of TensorProto.DataType.
enum class OnnxType { kFloat = 1, kUint8 = 2, kInt8 = 3 };

/// A DNN with an input "input" [batch, channels, side, side] of `type`, an output "logits" [batch, channels · side²]:
/// scale · (stored − zero_point), by DequantizeLinear and Flatten. Sizes of 0 are free.
inline std::string DequantizingOnnx(OnnxType type, int channels, int side, float scale, int zero_point) {
  const auto node = [](const char* op, std::initializer_list<const char*> inputs, const char* output) {
    ProtoWriter made;
    for (const char* input : inputs) made.Bytes(1, input);
    return made.Bytes(2, output).Bytes(4, op).bytes();
  };
  const auto scalar = [](const char* name, OnnxType of, const std::string& raw) {
    return ProtoWriter().Number(2, static_cast<std::uint64_t>(of)).Bytes(8, name).Bytes(9, raw).bytes();
  };
  int free_sizes = 0;
  const auto value = [&](const char* name, OnnxType of, std::initializer_list<int> dimensions) {
    ProtoWriter shape;
    shape.Bytes(1, ProtoWriter().Bytes(2, "batch").bytes());
    for (const int d : dimensions) {
      const std::string free = name + std::to_string(free_sizes);
      free_sizes += d == 0 ? 1 : 0;
      shape.Bytes(1, d == 0 ? ProtoWriter().Bytes(2, free).bytes()
                            : ProtoWriter().Number(1, static_cast<std::uint64_t>(d)).bytes());
    }
    const std::string tensor = ProtoWriter().Number(1, static_cast<std::uint64_t>(of)).Bytes(2, shape.bytes()).bytes();
    return ProtoWriter().Bytes(1, name).Bytes(2, ProtoWriter().Bytes(1, tensor).bytes()).bytes();
  };
  const std::string raw_scale(reinterpret_cast<const char*>(&scale), sizeof(scale));
  ProtoWriter graph;
  graph.Bytes(1, node("DequantizeLinear", {"input", "scale", "zero_point"}, "real"))
      .Bytes(1, node("Flatten", {"real"}, "logits"))
      .Bytes(2, "dequantizing")
      .Bytes(5, scalar("scale", OnnxType::kFloat, raw_scale))
      .Bytes(5, scalar("zero_point", type, std::string(1, static_cast<char>(zero_point))))
      .Bytes(11, value("input", type, {channels, side, side}))
      .Bytes(12, value("logits", OnnxType::kFloat, {channels * side * side}));
  return ProtoWriter()
      .Number(1, 8)
      .Bytes(7, graph.bytes())
      .Bytes(8, ProtoWriter().Bytes(1, "").Number(2, 13).bytes())
      .bytes();
}

}  // namespace amsel
