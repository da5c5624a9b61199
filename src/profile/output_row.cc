#include "profile/output_row.h"

#include <cmath>
#include <limits>
#include <vector>

#include "base/half.h"

namespace amsel {
namespace {

constexpr double kRounding = 0.01;

/// The probability that float16 bits are the logarithm of; NaN where they are not one's.
const std::vector<float>& Probabilities() {
  static const std::vector<float> table = [] {
    std::vector<float> values(1 << 16);
    for (std::size_t bits = 0; bits < values.size(); ++bits) {
      const float log_prob = FromHalf(static_cast<std::uint16_t>(bits));
      values[bits] = std::isfinite(log_prob) && log_prob <= 0 ? std::exp(log_prob) : std::nanf("");
    }
    return values;
  }();
  return table;
}

}  // namespace

std::string FaultOfLogProbs(std::span<const std::uint16_t> halves, std::size_t classes) {
  if (halves.size() != classes) {
    return std::to_string(halves.size()) + " values, expected one for each of " + std::to_string(classes) + " labels";
  }
  const std::vector<float>& probabilities = Probabilities();
  double sum = 0;
  for (const std::uint16_t half : halves) sum += probabilities[half];
  if (std::fabs(sum - 1) <= kRounding) return {};
  for (std::size_t k = 0; k < classes; ++k) {
    if (!std::isnan(probabilities[halves[k]])) continue;
    return "value " + std::to_string(k) + " is " + std::to_string(FromHalf(halves[k])) +
           ", expected a finite log-probability of at most 0";
  }
  return "its probabilities sum to " + std::to_string(sum) + ", expected 1";
}

}  // namespace amsel
