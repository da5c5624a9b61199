#include "backend/canonical.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/half.h"
#include "base/nan_last.h"

namespace amsel {
namespace {

constexpr float kRounding = 1e-3F;  // by which a probability may miss 0..1: float16 and 8-bit steps

/// As canonical outputs are kept.
float OnGrid(double log_prob) {
  return FromHalf(ToHalf(std::clamp(static_cast<float>(log_prob), kLogProbFloor, 0.0F)));
}

Error NotFinite(float value, std::size_t index) {
  const std::string name = std::isnan(value) ? "NaN" : value > 0 ? "infinity" : "minus infinity";
  return RuntimeFailure("the candidate gave " + name + " at index " + std::to_string(index) + " of its output");
}

Error NoProbability(std::span<const float> values) {
  const bool below = std::any_of(values.begin(), values.end(), [](float value) { return value < 0; });
  return RuntimeFailure("the candidate gave no probability above zero" +
                        std::string(below ? " but some below: log-probabilities and other scores are \"logits\" "
                                            "(`output.kind` of its card)"
                                          : ""));
}

/// The logarithms of p and 1 − p for a p that is given itself, or by its log-odds: exact also where p is near 0 or 1.
Status CanonicalizeOne(float value, OutputKind kind, std::span<float> log_probs) {
  double log_second = 0;
  double log_first = 0;
  if (kind == OutputKind::kLogits) {
    const double tail = std::log1p(std::exp(-std::fabs(static_cast<double>(value))));
    log_second = std::min(value, 0.0F) - tail;
    log_first = -std::max(value, 0.0F) - tail;
  } else {
    if (value < -kRounding || value > 1 + kRounding) {
      return RuntimeFailure("the candidate gave " + std::to_string(value) +
                            ", which is no probability: log-odds are \"logits\" (`output.kind` of its card)");
    }
    const double p = std::clamp(value, 0.0F, 1.0F);
    log_second = std::log(p);
    log_first = std::log1p(-p);
  }
  log_probs[0] = OnGrid(log_first);
  log_probs[1] = OnGrid(log_second);
  return {};
}

}  // namespace

bool MayBeOneValue(OutputKind kind, int skip_leading_classes, std::size_t classes) {
  return kind != OutputKind::kProbabilities && classes == 2 && skip_leading_classes == 0;
}

Status Canonicalize(std::span<const float> raw, OutputKind kind, int skip_leading_classes, std::span<float> log_probs) {
  const auto skipped = static_cast<std::size_t>(skip_leading_classes);
  const bool one = raw.size() == 1 && MayBeOneValue(kind, skip_leading_classes, log_probs.size());
  const std::size_t expected = kind == OutputKind::kSigmoid ? 1 : log_probs.size() + skipped;
  if (!one && (kind == OutputKind::kSigmoid || raw.size() != expected)) {
    return RuntimeFailure("the candidate gave " + std::to_string(raw.size()) + " values, expected " +
                          std::to_string(expected));
  }
  for (std::size_t i = one ? 0 : skipped; i < raw.size(); ++i) {
    if (!std::isfinite(raw[i])) return NotFinite(raw[i], i);
  }
  if (one) return CanonicalizeOne(raw[0], kind, log_probs);
  const std::span<const float> values = raw.subspan(skipped);
  const float largest = *std::max_element(values.begin(), values.end());
  if (kind == OutputKind::kProbabilities && largest <= 0) return NoProbability(values);
  double sum = 0;
  for (const float value : values) {
    sum += kind == OutputKind::kLogits ? std::exp(static_cast<double>(value) - largest) : std::max(value, 0.0F);
  }
  const double log_sum = std::log(sum) + (kind == OutputKind::kLogits ? largest : 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double log_value = kind == OutputKind::kLogits ? values[i] : std::log(std::max(values[i], 0.0F));
    log_probs[i] = OnGrid(log_value - log_sum);
  }
  return {};
}

float CanonicalConfidence(float confidence) {
  return OnGrid(std::log(static_cast<double>(confidence)));
}

int TopClass(std::span<const float> log_probs) {
  return static_cast<int>(HighestOf(log_probs));
}

int RankOf(std::span<const float> log_probs, int label) {
  const auto at = static_cast<std::size_t>(label);
  assert(label >= 0 && at < log_probs.size());
  if (std::isnan(log_probs[at])) return static_cast<int>(log_probs.size()) - 1;  // never right, whatever the others
  const float own = log_probs[at];
  int before = 0;
  for (std::size_t i = 0; i < log_probs.size(); ++i) {
    const float other = log_probs[i];  // of NaN both comparisons are false
    before += other > own || (other == own && i < at) ? 1 : 0;
  }
  return before;
}

}  // namespace amsel
