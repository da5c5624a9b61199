#include "card/onnx_tensor.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace amsel {
namespace {

constexpr std::uint64_t kMostPath = 4096;
constexpr std::size_t kMostValues = 64;

enum DataType {
  kFloat = 1,
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kInt32,
  kInt64,
  kBool = 9,
  kFloat16,
  kDouble,
  kUint32,
  kUint64,
  kBfloat16 = 16
};

/// Bytes of one value in raw_data; 0 for types whose values we do not read.
int BytesEach(int type) {
  switch (type) {
    case kUint8:
    case kInt8:
    case kBool:
      return 1;
    case kUint16:
    case kInt16:
    case kFloat16:
    case kBfloat16:
      return 2;
    case kFloat:
    case kInt32:
    case kUint32:
      return 4;
    case kDouble:
    case kInt64:
    case kUint64:
      return 8;
    default:
      return 0;
  }
}

double FromFloat16(std::uint64_t bits) {
  const auto exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  const double sign = (bits >> 15 & 1) != 0 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

/// Collects what the fields of a tensor say, which may come in any order.
struct Collected {
  std::uint64_t count = 1;  ///< product of the dimensions, as far as it is small
  std::vector<std::uint64_t> bits;
  std::optional<std::string> raw;
  bool external = false;
  std::string location;
  std::string offset;
  std::string length;

  void Dimension(std::uint64_t size) {
    count = size > kMostValues || count > kMostValues ? kMostValues + 1 : count * size;
  }

  void Values(const ProtoMessage& field, int bytes_each) {
    if (!field.is_bytes()) {
      if (bits.size() <= kMostValues) bits.push_back(field.bits());
      return;
    }
    const std::vector<std::uint64_t> packed = field.Packed(bytes_each, 10 * kMostValues);
    if (bits.size() <= kMostValues) bits.insert(bits.end(), packed.begin(), packed.end());
  }
};

void ReadLocation(ProtoMessage entry, Collected& tensor) {
  std::string key;
  std::string value;
  while (entry.Next()) {
    if (entry.number() == 1 && entry.is_bytes()) key = entry.Text(kMostName);
    if (entry.number() == 2 && entry.is_bytes()) value = entry.Text(kMostPath);
  }
  if (key == "location") tensor.location = value;
  if (key == "offset") tensor.offset = value;
  if (key == "length") tensor.length = value;
}

std::uint64_t Bytes(const std::string& text, const ProtoMessage& message) {
  std::uint64_t value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && (fault != std::errc() || stop != text.data() + text.size())) {
    message.source().Refuse(message.begin(), "where a tensor's values begin and how long they are must be numbers");
  }
  return value;
}

void SettleLocation(const Collected& collected, const ProtoMessage& message, OnnxTensor& tensor) {
  if (collected.location.empty()) {
    message.source().Refuse(message.begin(), "a tensor whose values lie in another file does not name that file");
  }
  const std::uint64_t offset = Bytes(collected.offset, message);
  const std::uint64_t length = Bytes(collected.length, message);
  if (length > ~offset) message.source().Refuse(message.begin(), "a tensor's values end beyond any file");
  tensor.data_file = collected.location;
  tensor.data_end = offset + length;
}

std::vector<double> ValuesOf(const Collected& collected, int type) {
  std::vector<std::uint64_t> bits = collected.bits;
  const auto each = static_cast<std::size_t>(BytesEach(type));
  if (each == 0 || collected.count > kMostValues) return {};
  if (collected.raw) {
    if (collected.raw->size() != each * collected.count) return {};
    bits.assign(collected.count, 0);
    for (std::size_t i = 0; i < collected.raw->size(); ++i) {
      bits[i / each] |= static_cast<std::uint64_t>(static_cast<unsigned char>((*collected.raw)[i])) << (8 * (i % each));
    }
  }
  if (bits.size() != collected.count) return {};
  std::vector<double> values;
  for (const std::uint64_t one : bits) values.push_back(OnnxNumber(type, one));
  return values;
}

}  // namespace

double OnnxNumber(int type, std::uint64_t bits) {
  switch (type) {
    case kFloat:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case kDouble:
      return std::bit_cast<double>(bits);
    case kFloat16:
      return FromFloat16(bits);
    case kBfloat16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits << 16));
    case kUint8:
    case kBool:
      return static_cast<std::uint8_t>(bits);
    case kInt8:
      return static_cast<std::int8_t>(bits);
    case kUint16:
      return static_cast<std::uint16_t>(bits);
    case kInt16:
      return static_cast<std::int16_t>(bits);
    case kInt32:
      return static_cast<std::int32_t>(bits);
    case kUint32:
      return static_cast<std::uint32_t>(bits);
    case kInt64:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    case kUint64:
      return static_cast<double>(bits);
    default:
      return 0;
  }
}

OnnxTensor ReadOnnxTensor(ProtoMessage message) {
  OnnxTensor tensor;
  Collected collected;
  while (message.Next()) {
    const int field = message.number();
    if (field == 1 && message.is_number()) collected.Dimension(message.bits());
    if (field == 2 && message.is_number()) tensor.constant.type = static_cast<int>(message.integer());
    if (field == 4 && (message.is_fixed32() || message.is_bytes())) collected.Values(message, 4);
    if (field == 10 && (message.is_fixed64() || message.is_bytes())) collected.Values(message, 8);
    if ((field == 5 || field == 7 || field == 11) && (message.is_number() || message.is_bytes())) {
      collected.Values(message, 0);
    }
    if (field == 14 && message.is_number()) collected.external = message.integer() == 1;
    if (!message.is_bytes()) continue;
    if (field == 1) {
      const std::vector<std::uint64_t> sizes = message.Packed(0, 10 * kMostValues);
      for (const std::uint64_t size : sizes) collected.Dimension(size);
      if (sizes.empty() && message.length() > 0) collected.Dimension(kMostValues + 1);
    }
    if (field == 8) tensor.name = message.Text(kMostName);
    if (field == 9) collected.raw = message.length() > 8 * kMostValues ? std::string() : message.Text(8 * kMostValues);
    if (field == 13) ReadLocation(message.Message(), collected);
  }
  if (collected.external) {
    SettleLocation(collected, message, tensor);
  } else {
    tensor.constant.values = ValuesOf(collected, tensor.constant.type);
  }
  return tensor;
}

}  // namespace amsel
