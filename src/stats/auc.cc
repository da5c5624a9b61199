// The standard error is that of placement values (DeLong, DeLong & Clarke-Pearson 1988), summed by group before they
// are squared (Obuchowski 1997), which takes O(n log n) where resampling would take that many times over.
#include "stats/auc.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "base/nan_last.h"

namespace amsel {
namespace {

/// Per image: its positive and negative weight, and its placements among the other kind.
struct Placements {
  std::vector<double> positive;
  std::vector<double> negative;
  std::vector<double> below;  ///< share of the negatives with a lower score, ties half
  std::vector<double> above;  ///< share of the positives with a higher score, ties half
};

void Place(std::span<const float> scores, double positives, double negatives, Placements& places) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return HighFirst(scores[a]) < HighFirst(scores[b]); });
  places.below.resize(scores.size());
  places.above.resize(scores.size());
  double seen_positive = 0;
  double seen_negative = 0;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double tied_positive = 0;
    double tied_negative = 0;
    const float tied = HighFirst(scores[order[begin]]);  // what is no number is least sure
    for (; end < order.size() && HighFirst(scores[order[end]]) == tied; ++end) {
      tied_positive += places.positive[order[end]];
      tied_negative += places.negative[order[end]];
    }
    for (std::size_t n = begin; n < end; ++n) {
      places.below[order[n]] = (seen_negative + tied_negative / 2) / negatives;
      places.above[order[n]] = (positives - seen_positive - tied_positive / 2) / positives;
    }
    seen_positive += tied_positive;
    seen_negative += tied_negative;
  }
}

}  // namespace

std::optional<Auc> ComputeAuc(std::span<const float> scores, std::span<const double> truth,
                              std::span<const double> weights, std::span<const int> groups, double level) {
  assert(scores.size() == truth.size() && scores.size() == groups.size());
  Placements places;
  double positives = 0;
  double negatives = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    places.positive.push_back(weight * truth[i]);
    places.negative.push_back(weight * (1 - truth[i]));
    positives += places.positive.back();
    negatives += places.negative.back();
  }
  if (positives <= 0 || negatives <= 0) return std::nullopt;
  Place(scores, positives, negatives, places);
  Auc auc{0, {}, 0};
  for (std::size_t i = 0; i < scores.size(); ++i) auc.value += places.positive[i] * places.below[i] / positives;
  std::map<int, double> influence;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    influence[groups[i]] += places.positive[i] * (places.below[i] - auc.value) / positives +
                            places.negative[i] * (places.above[i] - auc.value) / negatives;
  }
  double squares = 0;
  for (const auto& [group, sum] : influence) squares += sum * sum;
  const auto count = static_cast<double>(influence.size());
  auc.standard_error = count > 1 ? std::sqrt(squares * count / (count - 1)) : 0.5;
  const double half = NormalHalfWidth(level) * auc.standard_error;
  auc.interval = {std::max(0.0, auc.value - half), std::min(1.0, auc.value + half)};
  return auc;
}

double NormalHalfWidth(double level) {
  assert(level > 0 && level < 1);
  double low = 0;
  double high = 40;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) > 1 - level ? low : high) = middle;
  }
  return low;
}

}  // namespace amsel
