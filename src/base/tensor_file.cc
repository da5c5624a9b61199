#include "base/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");
constexpr std::size_t kMaxHeader = std::size_t{16} << 20;
constexpr std::size_t kMaxElements = std::size_t{1} << 32;

std::size_t ByteSize(const Tensor& tensor) {
  return tensor.size() * (tensor.is_bytes ? 1 : sizeof(float));
}

Error Malformed(const std::string& file, const std::string& what) {
  return BadInput(file + ": is not a valid tensor file: " + what);
}

/// Shape of `entry`, or a fault where a dimension is negative or the product too large.
Result<std::vector<std::int64_t>> ReadShape(const Json& entry, const std::string& file, const std::string& name) {
  const auto it = entry.find("shape");
  if (it == entry.end() || !it->is_array()) return Malformed(file, "tensor `" + name + "` has no shape");
  std::vector<std::int64_t> shape;
  std::size_t product = 1;
  for (const Json& length : *it) {
    if (!length.is_number_unsigned()) return Malformed(file, "shape of `" + name + "` is not a list of lengths");
    const auto value = length.get<std::uint64_t>();
    if (value > kMaxElements || (value != 0 && product > kMaxElements / value)) {
      return Malformed(file, "tensor `" + name + "` is too large");
    }
    product *= value;
    shape.push_back(static_cast<std::int64_t>(value));
  }
  return shape;
}

Result<Tensor> ReadTensor(const Json& entry, std::string_view data, const std::string& file, const std::string& name) {
  if (!entry.is_object()) return Malformed(file, "entry `" + name + "` is not an object");
  Tensor tensor;
  AMSEL_ASSIGN_OR_RETURN(tensor.shape, ReadShape(entry, file, name));
  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || !(*dtype == "F32" || *dtype == "U8")) {
    return Malformed(file, "tensor `" + name + "` is neither F32 nor U8");
  }
  tensor.is_bytes = *dtype == "U8";
  const auto offsets = entry.find("data_offsets");
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned()) {
    return Malformed(file, "tensor `" + name + "` has no data_offsets");
  }
  const auto begin = (*offsets)[0].get<std::uint64_t>();
  const auto end = (*offsets)[1].get<std::uint64_t>();
  if (begin > end || end > data.size() || end - begin != ByteSize(tensor)) {
    return Malformed(file, "data of `" + name + "` does not fit its shape or the file");
  }
  const std::string_view raw = data.substr(begin, end - begin);
  if (tensor.is_bytes) {
    tensor.bytes.assign(raw.begin(), raw.end());
  } else {
    tensor.floats.resize(tensor.size());
    if (!raw.empty()) std::memcpy(tensor.floats.data(), raw.data(), raw.size());
  }
  return tensor;
}

}  // namespace

Tensor Tensor::Floats(std::vector<std::int64_t> shape, std::vector<float> values) {
  Tensor tensor{std::move(shape), false, std::move(values), {}};
  assert(tensor.size() == tensor.floats.size());
  return tensor;
}

Tensor Tensor::Bytes(std::vector<std::int64_t> shape, std::vector<std::uint8_t> values) {
  Tensor tensor{std::move(shape), true, {}, std::move(values)};
  assert(tensor.size() == tensor.bytes.size());
  return tensor;
}

std::size_t Tensor::size() const {
  std::size_t product = 1;
  for (const std::int64_t length : shape) product *= static_cast<std::size_t>(length);
  return product;
}

Result<const Tensor*> TensorFile::Find(const std::string& name, const std::vector<std::int64_t>& shape,
                                       const std::string& file) const {
  const auto it = tensors.find(name);
  if (it == tensors.end()) return BadInput(file + ": tensor `" + name + "` is missing");
  const Tensor& tensor = it->second;
  bool fits = !tensor.is_bytes && tensor.shape.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = shape[i] < 0 || shape[i] == tensor.shape[i];
  if (!fits) return BadInput(file + ": tensor `" + name + "` has not the expected type and shape");
  for (const float value : tensor.floats) {
    if (!std::isfinite(value)) return BadInput(file + ": tensor `" + name + "` holds a value that is not finite");
  }
  return &tensor;
}

std::string SerializeTensorFile(const TensorFile& content) {
  Json header = Json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::size_t end = offset + ByteSize(tensor);
    header[name] = {
        {"dtype", tensor.is_bytes ? "U8" : "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // keeps the data aligned, as the format recommends
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes += text;
  bytes.reserve(bytes.size() + offset);
  for (const auto& [name, tensor] : content.tensors) {
    const void* data = tensor.is_bytes ? static_cast<const void*>(tensor.bytes.data()) : tensor.floats.data();
    bytes.append(static_cast<const char*>(data), ByteSize(tensor));
  }
  return bytes;
}

Result<TensorFile> ParseTensorFile(std::string_view bytes, const std::string& file) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return Malformed(file, "it is shorter than its own length field");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader || length > bytes.size() - sizeof length) {
    return Malformed(file, "its header is longer than the file");
  }
  AMSEL_ASSIGN_OR_RETURN(const Json header, ParseJson(bytes.substr(sizeof length, length), file));
  if (!header.is_object()) return Malformed(file, "its header is not an object");
  const std::string_view data = bytes.substr(sizeof length + length);
  TensorFile content;
  std::vector<std::pair<std::size_t, std::size_t>> spans;  // begin and end
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return Malformed(file, "its metadata is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return Malformed(file, "metadata `" + key + "` is not a string");
        content.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    AMSEL_ASSIGN_OR_RETURN(Tensor tensor, ReadTensor(entry, data, file, name));
    const std::size_t begin = entry.at("data_offsets").at(0);
    spans.emplace_back(begin, begin + ByteSize(tensor));
    content.tensors[name] = std::move(tensor);
  }
  std::sort(spans.begin(), spans.end());
  std::size_t used = 0;
  for (const auto& [begin, end] : spans) {
    if (begin < used) return Malformed(file, "its tensors overlap");
    if (begin > used) break;
    used = end;
  }
  if (used != data.size()) return Malformed(file, "it has data that no tensor claims");
  return content;
}

}  // namespace amsel
