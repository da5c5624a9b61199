#include "backend/output_facts.h"

#include <algorithm>
#include <cmath>

namespace amsel {
namespace {

constexpr float kSame = 1e-6F;
constexpr double kFarthestSum = 0.02;

}  // namespace

void OutputFacts::Add(std::span<const float> row) {
  if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); }) || row.empty()) {
    ++not_finite_;
    return;
  }
  double sum = 0;
  double exp_sum = 0;
  for (const float value : row) {
    sum += value;
    exp_sum += std::exp(static_cast<double>(value));
  }
  const auto [least, most] = std::minmax_element(row.begin(), row.end());
  least_ = rows_ == 0 ? *least : std::min(least_, *least);
  most_ = rows_ == 0 ? *most : std::max(most_, *most);
  farthest_sum_ = std::max(farthest_sum_, std::fabs(sum - 1));
  farthest_exp_sum_ = std::max(farthest_exp_sum_, std::fabs(exp_sum - 1));
  values_ = row.size();
  if (rows_++ == 0) {
    first_.assign(row.begin(), row.end());
    return;
  }
  constant_ = constant_ && std::equal(row.begin(), row.end(), first_.begin(), first_.end(), [](float a, float b) {
                return std::fabs(a - b) <= kSame * std::max(1.0F, std::fabs(a));
              });
}

bool OutputFacts::are_probabilities() const {
  const double rounding = std::min(0.2, quantum_ / 2 * static_cast<double>(values_));
  return rows_ > 0 && values_ > 1 && least_ >= -1e-6F && farthest_sum_ <= kFarthestSum + rounding;
}

bool OutputFacts::are_log_probabilities() const {
  return rows_ > 0 && values_ > 1 && most_ <= 1e-6F && farthest_exp_sum_ <= kFarthestSum;
}

std::optional<OutputKind> OutputFacts::Kind() const {
  if (rows_ == 0) return {};
  const bool within = least_ >= -1e-6F && most_ <= 1 + 1e-4F;
  if (values_ == 1) return within ? OutputKind::kSigmoid : OutputKind::kLogits;
  if (are_probabilities()) return OutputKind::kProbabilities;
  if (!within) return OutputKind::kLogits;
  return {};
}

std::optional<OtherKind> KindAgainst(OutputKind card, const OutputFacts& facts) {
  const std::optional<OutputKind> kind = facts.Kind();
  if (card == OutputKind::kLogits && facts.are_probabilities()) {
    return OtherKind{OutputKind::kProbabilities, "\"probabilities\" (all outputs are at least 0 and sum to 1)"};
  }
  if (card == OutputKind::kLogits && kind == OutputKind::kSigmoid) {
    return OtherKind{OutputKind::kSigmoid, "\"sigmoid\" (the one output is in 0..1 for every image)"};
  }
  if (card == OutputKind::kProbabilities && kind == OutputKind::kSigmoid) {
    return OtherKind{OutputKind::kSigmoid, "\"sigmoid\" (there is one output, the probability of the second label)"};
  }
  if (card == OutputKind::kSigmoid && kind == OutputKind::kProbabilities) {
    return OtherKind{OutputKind::kProbabilities, "\"probabilities\" (there is an output for each label)"};
  }
  if (card == OutputKind::kProbabilities && facts.are_log_probabilities()) {
    return OtherKind{OutputKind::kLogits,
                     "\"logits\" (the outputs are logarithms of probabilities, which count as logits)"};
  }
  if (card != OutputKind::kLogits && kind == OutputKind::kLogits) {
    return OtherKind{OutputKind::kLogits, "\"logits\" (outputs lie outside 0..1)"};
  }
  return {};
}

}  // namespace amsel
