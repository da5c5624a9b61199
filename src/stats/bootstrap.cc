#include "stats/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/random.h"
#include "stats/exact.h"

namespace amsel {
namespace {

/// Per group: Σ weight, and per column Σ weight · value.
struct GroupSums {
  std::vector<double> weight;
  std::vector<std::vector<double>> columns;
};

GroupSums SumByGroup(const std::vector<std::span<const double>>& columns, std::span<const double> weights,
                     std::span<const int> groups) {
  std::map<int, std::size_t> position;
  GroupSums sums;
  sums.columns.resize(columns.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto [it, fresh] = position.emplace(groups[i], position.size());
    if (fresh) {
      sums.weight.push_back(0);
      for (auto& column : sums.columns) column.push_back(0);
    }
    const double weight = weights.empty() ? 1 : weights[i];
    sums.weight[it->second] += weight;
    for (std::size_t c = 0; c < columns.size(); ++c) sums.columns[c][it->second] += weight * columns[c][i];
  }
  return sums;
}

}  // namespace

Interval BootstrapInterval(const std::vector<std::span<const double>>& columns, std::span<const double> weights,
                           std::span<const int> groups, const std::function<double(std::span<const double>)>& statistic,
                           const BootstrapOptions& options) {
  const GroupSums sums = SumByGroup(columns, weights, groups);
  const std::size_t count = sums.weight.size();
  if (count == 0) return {};
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  if (count == 1) return {-kEndless, kEndless};
  Random random(options.seed);
  std::vector<double> draws;
  std::vector<double> means(columns.size());
  for (int resample = 0; resample < options.resamples; ++resample) {
    double weight = 0;
    std::fill(means.begin(), means.end(), 0.0);
    for (std::size_t drawn = 0; drawn < count; ++drawn) {
      const std::size_t group = random.Below(count);
      weight += sums.weight[group];
      for (std::size_t c = 0; c < means.size(); ++c) means[c] += sums.columns[c][group];
    }
    if (weight <= 0) continue;
    for (double& mean : means) mean /= weight;
    draws.push_back(statistic(means));
  }
  if (draws.empty()) return {};
  std::sort(draws.begin(), draws.end());
  const double tail = (1 - options.level) / 2;
  const auto at = [&](double share) {
    return draws[static_cast<std::size_t>(std::lround(share * static_cast<double>(draws.size() - 1)))];
  };
  return {at(tail), at(1 - tail)};
}

Interval ShareInterval(std::span<const double> values, std::span<const double> weights, std::span<const int> groups,
                       const BootstrapOptions& options) {
  std::set<int> counted;
  bool all = true;
  bool none = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!weights.empty() && weights[i] <= 0) continue;
    counted.insert(groups[i]);
    all = all && values[i] >= 1;
    none = none && values[i] <= 0;
  }
  const auto trials = static_cast<std::int64_t>(counted.size());
  const double tail = (1 - options.level) / 2;
  if (trials > 1 && all) return {BinomialLowerBound(trials, trials, tail), 1};
  if (trials > 1 && none) return {0, BinomialUpperBound(0, trials, tail)};
  return BootstrapInterval({values}, weights, groups, [](auto means) { return means[0]; }, options);
}

double WeightedMean(std::span<const double> values, std::span<const double> weights) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    sum += w * values[i];
    weight += w;
  }
  return weight > 0 ? sum / weight : 0;
}

double ClusteredStandardError(std::span<const double> values, std::span<const double> weights,
                              std::span<const int> groups) {
  assert(values.size() == groups.size());
  const double mean = WeightedMean(values, weights);
  const int last = groups.empty() ? -1 : *std::max_element(groups.begin(), groups.end());
  std::vector<double> residual(static_cast<std::size_t>(last + 1), 0);
  std::vector<char> there(residual.size(), 0);
  double weight = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    const auto group = static_cast<std::size_t>(groups[i]);
    residual[group] += w * (values[i] - mean);
    there[group] = 1;
    weight += w;
  }
  const auto count = static_cast<double>(std::count(there.begin(), there.end(), 1));
  if (weight <= 0 || count < 2) return 0;
  double squares = 0;
  for (const double sum : residual) squares += sum * sum;
  return std::sqrt(squares * count / (count - 1)) / weight;
}

}  // namespace amsel
