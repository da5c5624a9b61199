// Named tensors in the safetensors format: a length, a JSON header, raw little-endian data.
// Format: https://github.com/huggingface/safetensors#format; our use of it: docs/formats/policy.md.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// A dense row-major tensor of float32 or uint8. Exactly one of the two vectors is in use, by `is_bytes`.
struct Tensor {
  std::vector<std::int64_t> shape;
  bool is_bytes = false;
  std::vector<float> floats;
  std::vector<std::uint8_t> bytes;

  static Tensor Floats(std::vector<std::int64_t> shape, std::vector<float> values);
  static Tensor Bytes(std::vector<std::int64_t> shape, std::vector<std::uint8_t> values);
  /// Product of the shape.
  std::size_t size() const;
};

/// Tensors by name, and metadata (strings by name).
struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;

  /// The float tensor `name` with exactly `shape` (−1 matches any length), all values finite; the error names `file`
  /// and the tensor.
  Result<const Tensor*> Find(const std::string& name, const std::vector<std::int64_t>& shape,
                             const std::string& file) const;
};

/// The bytes of a file; equal content gives equal bytes.
std::string SerializeTensorFile(const TensorFile& content);

/// Reads them back. Refuses headers over 16 MiB, overlapping or short data, and other element types; names `file`.
Result<TensorFile> ParseTensorFile(std::string_view bytes, const std::string& file);

}  // namespace amsel
