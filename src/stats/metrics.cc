#include "stats/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/nan_last.h"

namespace amsel {

MacroMetrics ComputeMacroMetrics(std::span<const int> truth, std::span<const int> predicted,
                                 std::span<const double> weights, int classes) {
  assert(truth.size() == predicted.size());
  const auto size = static_cast<std::size_t>(classes);
  std::vector<double> actual(size, 0);
  std::vector<double> claimed(size, 0);
  std::vector<double> hit(size, 0);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    actual[static_cast<std::size_t>(truth[i])] += weight;
    if (predicted[i] >= 0) claimed[static_cast<std::size_t>(predicted[i])] += weight;
    if (predicted[i] == truth[i]) hit[static_cast<std::size_t>(truth[i])] += weight;
  }
  MacroMetrics sums;
  int present = 0;
  for (std::size_t c = 0; c < size; ++c) {
    if (actual[c] <= 0) continue;
    ++present;
    sums.recall += hit[c] / actual[c];
    sums.precision += claimed[c] > 0 ? hit[c] / claimed[c] : 0;
    sums.f1 += 2 * hit[c] / (actual[c] + claimed[c]);
  }
  if (present == 0) return {};
  return {sums.recall / present, sums.precision / present, sums.recall / present, sums.f1 / present};
}

double Quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::clamp(rank - 1, 0.0, static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end(),
                   [](double a, double b) { return LowFirst(a) < LowFirst(b); });
  return values[index];
}

}  // namespace amsel
