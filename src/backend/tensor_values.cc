#include "backend/tensor_values.h"

#include <algorithm>

#include "base/half.h"
#include "card/card.h"

namespace amsel {
namespace {

constexpr std::int64_t kEndless = std::int64_t{1} << 40;  // no output has more; products stay in range

template <typename T, typename Convert>
void Fill(const void* values, std::size_t count, std::vector<float>& out, Convert convert) {
  const T* from = static_cast<const T*>(values);
  out.resize(count);
  std::transform(from, from + count, out.begin(), convert);
}

}  // namespace

std::string TypeText(const TensorInfo& tensor) {
  const bool named = tensor.type == ElementType::kOther && !tensor.type_name.empty();
  return named ? tensor.type_name : ElementTypeName(tensor.type);
}

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
  }
  return text + "]";
}

std::optional<std::int64_t> DeclaredValues(const TensorInfo& output) {
  const std::vector<std::int64_t>& shape = output.shape;
  const std::size_t first = !shape.empty() && shape.front() < 0 ? 1 : 0;
  if (shape.size() == first) return {};
  std::int64_t values = 1;
  for (std::size_t d = first; d < shape.size(); ++d) {
    if (shape[d] < 0) return {};
    values = shape[d] > 0 && values > kEndless / shape[d] ? kEndless : values * shape[d];
  }
  return values;
}

bool ToFloats(ElementType type, const void* values, std::size_t count, std::vector<float>& out) {
  const auto plain = [](auto value) { return static_cast<float>(value); };
  switch (type) {
    case ElementType::kFloat32:
      Fill<float>(values, count, out, plain);
      return true;
    case ElementType::kFloat16:
      Fill<std::uint16_t>(values, count, out, FromHalf);
      return true;
    case ElementType::kFloat64:
      Fill<double>(values, count, out, plain);
      return true;
    case ElementType::kUint8:
      Fill<std::uint8_t>(values, count, out, plain);
      return true;
    case ElementType::kInt8:
      Fill<std::int8_t>(values, count, out, plain);
      return true;
    case ElementType::kOther:
      break;
  }
  return false;
}

}  // namespace amsel
