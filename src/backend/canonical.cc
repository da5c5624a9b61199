#include "backend/canonical.h"

#include <opencv2/core/cvdef.h>
#include <algorithm>
#include <cassert>
#include <cmath>

namespace amsel {

std::uint16_t ToHalf(float value) {
  return cv::float16_t(value).bits();
}

float FromHalf(std::uint16_t bits) {
  return cv::float16_t::fromBits(bits);
}

Status Canonicalize(std::span<const float> raw, OutputKind kind, int skip_leading_classes, std::span<float> log_probs) {
  if (raw.size() != log_probs.size() + static_cast<std::size_t>(skip_leading_classes)) {
    return RuntimeFailure("the candidate gave " + std::to_string(raw.size()) + " values, expected " +
                          std::to_string(log_probs.size() + static_cast<std::size_t>(skip_leading_classes)));
  }
  const std::span<const float> values = raw.subspan(static_cast<std::size_t>(skip_leading_classes));
  float largest = -INFINITY;
  for (const float value : values) {
    if (!std::isfinite(value)) return RuntimeFailure("the candidate gave a value that is not a finite number");
    largest = std::max(largest, value);
  }
  if (kind == OutputKind::kProbabilities && largest <= 0) {
    return RuntimeFailure("the candidate gave no probability above zero");
  }
  double sum = 0;
  for (const float value : values) {
    sum += kind == OutputKind::kLogits ? std::exp(static_cast<double>(value) - largest) : std::max(value, 0.0F);
  }
  const double log_sum = std::log(sum) + (kind == OutputKind::kLogits ? largest : 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double log_value = kind == OutputKind::kLogits ? values[i] : std::log(std::max(values[i], 0.0F));
    const auto log_prob = static_cast<float>(log_value - log_sum);
    log_probs[i] = FromHalf(ToHalf(std::clamp(log_prob, kLogProbFloor, 0.0F)));
  }
  return {};
}

int TopClass(std::span<const float> log_probs) {
  return static_cast<int>(std::max_element(log_probs.begin(), log_probs.end()) - log_probs.begin());
}

int RankOf(std::span<const float> log_probs, int label) {
  const auto at = static_cast<std::size_t>(label);
  assert(label >= 0 && at < log_probs.size());
  int before = 0;
  for (std::size_t i = 0; i < log_probs.size(); ++i) {
    before += log_probs[i] > log_probs[at] || (log_probs[i] == log_probs[at] && i < at) ? 1 : 0;
  }
  return before;
}

}  // namespace amsel
