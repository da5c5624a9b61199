// float16 as its bits. OpenCV has a type for it, under other names from release to release and from processor to
// processor.
#pragma once

#include <bit>
#include <cstdint>

namespace amsel {

/// The float16 nearest to `value`, of two the even one. From 65520 on it is infinity; NaN stays NaN.
inline std::uint16_t ToHalf(float value) {
  constexpr std::uint32_t kInfinity = 0x7F800000;
  constexpr std::uint32_t kTwoTo16 = 0x47800000;      // as float32, as these all
  constexpr std::uint32_t kLeastNormal = 0x38800000;  // of float16: 2^-14
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000;
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  std::uint32_t half = 0;
  if (magnitude >= kTwoTo16) {
    half = magnitude > kInfinity ? 0x7E00 : 0x7C00;
  } else if (magnitude >= kLeastNormal) {
    const std::uint32_t odd = (magnitude >> 13) & 1;
    half = (magnitude - (112U << 23) + 0x0FFF + odd) >> 13;  // 112: by how much the exponents' biases differ
  } else {
    // The last place of 0.5 is the least float16, 2^-24: the addition rounds.
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  }
  return static_cast<std::uint16_t>(sign | half);
}

/// The value of a float16, exactly.
inline float FromHalf(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits & 0x7C00U;
  const std::uint32_t fraction = bits & 0x03FFU;
  std::uint32_t magnitude = ((exponent | fraction) << 13) + (112U << 23);
  if (exponent == 0x7C00) magnitude += 112U << 23;
  if (exponent == 0) magnitude = std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24F);
  return std::bit_cast<float>(sign | magnitude);
}

}  // namespace amsel
