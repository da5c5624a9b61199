// Tensors as DNNs' files declare them: what types and shapes are called, how many values there are, and values as
// float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "amsel/backend.h"

namespace amsel {

/// Values of an output that no card describes; more are no answer but a fault.
inline constexpr std::int64_t kMostOutputValues = std::int64_t{1} << 28;

/// "float32", as cards spell it; of a type that amsel does not know what the back end calls it.
std::string TypeText(const TensorInfo& tensor);

/// "[1, ?, 28]".
std::string ShapeText(const std::vector<std::int64_t>& shape);

/// How many values an output has for one input, as its file declares it: the product of all its sizes but a free first
/// one, which is the batch. Nothing where another size is free, or it has no other.
std::optional<std::int64_t> DeclaredValues(const TensorInfo& output);

/// `count` values of `type`, from `values` on, as float32 into `out`: floats of other widths are converted, of uint8
/// and int8 the stored numbers are taken. False, and nothing is read, for kOther.
bool ToFloats(ElementType type, const void* values, std::size_t count, std::vector<float>& out);

}  // namespace amsel
