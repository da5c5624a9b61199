#include "policy/gate.h"

#include <algorithm>
#include <cassert>

namespace amsel {
namespace {

constexpr float kLargestScore = 4;  // an image unlike all others shall not be decided by one feature
constexpr float kRankSpread = 3;    // gives ranks about the deviation of standard scores

/// Place of `value` among the knots, from −kRankSpread / 2 to kRankSpread / 2, linear in between.
float Rank(float value, const float* knots) {
  constexpr int kLast = FeatureGate::kKnots - 1;
  if (!(knots[0] < knots[kLast])) return 0;  // the same in all training images: nothing is known of other values
  const auto above = static_cast<int>(std::upper_bound(knots, knots + FeatureGate::kKnots, value) - knots);
  float place = 0;
  if (above > kLast) {
    place = kLast;
  } else if (above > 0) {
    const float low = knots[above - 1];
    const float high = knots[above];
    place = static_cast<float>(above - 1) + (high > low ? (value - low) / (high - low) : 0);
  }
  return kRankSpread * (place / kLast - 0.5F);
}

}  // namespace

FeatureGate::FeatureGate(Scale scale, std::vector<float> weights, int members)
    : scale_(std::move(scale)), weights_(std::move(weights)), members_(members) {
  assert(weights_.size() == (scratch_size() + 1) * static_cast<std::size_t>(members_));
}

void FeatureGate::Expand(const Scale& scale, std::span<const float> features, std::span<float> terms) {
  const std::size_t count = features.size();
  for (std::size_t f = 0; f < count; ++f) {
    const float score = (features[f] - scale.mean[f]) * scale.inverse_deviation[f];
    terms[f] = std::clamp(score, -kLargestScore, kLargestScore);
    terms[count + f] = Rank(features[f], scale.knots.data() + f * kKnots);
  }
  std::size_t at = 2 * count;
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a; b < count; ++b) terms[at++] = terms[count + a] * terms[count + b];
  }
}

void FeatureGate::Scores(std::span<const float> features, std::span<float> scratch, std::span<float> out) const {
  const std::span<float> terms = scratch.first(scratch_size());
  Expand(scale_, features, terms);
  const float* row = weights_.data() + terms.size() * out.size();
  std::copy(row, row + out.size(), out.begin());
  for (std::size_t t = 0; t < terms.size(); ++t) {
    const float* weights = weights_.data() + t * out.size();
    for (std::size_t m = 0; m < out.size(); ++m) out[m] += terms[t] * weights[m];
  }
}

}  // namespace amsel
