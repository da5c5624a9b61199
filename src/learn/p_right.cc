#include "learn/p_right.h"

#include <algorithm>
#include <cmath>

#include "learn/feature_rows.h"
#include "stats/bootstrap.h"
#include "stats/folds.h"

namespace amsel {

ScaledFeatures::ScaledFeatures(const Outcomes& outcomes, Rows fit, const std::vector<std::string>& of)
    : table(outcomes), names(of) {
  const std::vector<float> values = FeatureRows(table, fit, names);
  const std::size_t width = names.size();
  scaler.low.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(width));
  scaler.high = scaler.low;
  for (std::size_t at = 0; at < values.size(); ++at) {
    scaler.low[at % width] = std::min(scaler.low[at % width], values[at]);
    scaler.high[at % width] = std::max(scaler.high[at % width], values[at]);
  }
}

std::vector<float> ScaledFeatures::Of(Rows rows) const {
  std::vector<float> values = FeatureRows(table, rows, names);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::span<float> point = std::span(values).subspan(r * names.size(), names.size());
    scaler.Apply(point, point);
  }
  return values;
}

KnnIndex NeighboursOf(const ScaledFeatures& features, Rows fit, std::span<const std::size_t> among, int top) {
  std::vector<float> targets;
  for (const std::size_t i : fit) {
    for (const std::size_t c : among) targets.push_back(static_cast<float>(features.table.UtilityOf(c, i, top)));
  }
  return {features.Of(fit), std::move(targets), static_cast<int>(fit.size()), static_cast<int>(features.names.size()),
          static_cast<int>(among.size())};
}

std::vector<float> PRightByNeighbours(const Outcomes& table, const std::vector<std::string>& features, int k, int top,
                                      Rows fit, Rows asked) {
  const ScaledFeatures scaled(table, fit, features);
  const KnnIndex index = NeighboursOf(scaled, fit, AllCandidates(table), top);
  const std::vector<float> queries = scaled.Of(asked);
  const std::size_t count = table.candidate_count();
  std::vector<float> scratch(KnnIndex::ScratchSize(k));
  std::vector<float> p_right(asked.size() * count);
  for (std::size_t r = 0; r < asked.size(); ++r) {
    index.MeanTargets(std::span(queries).subspan(r * features.size(), features.size()), k, scratch,
                      std::span(p_right).subspan(r * count, count));
  }
  return p_right;
}

std::vector<float> CrossFittedPRight(const Outcomes& table, Rows rows, const std::vector<int>& fold_of,
                                     const PRightFitter& fitter) {
  const std::size_t count = table.candidate_count();
  std::vector<float> p_right(rows.size() * count, 0);
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (int fold = 0; fold < folds; ++fold) {
    const std::vector<std::size_t> fit = PositionsOutside(fold_of, fold);
    if (fit.empty()) continue;
    const std::vector<std::size_t> asked = PositionsIn(fold_of, fold);
    const std::vector<float> found = fitter(RowsAt(rows, fit), RowsAt(rows, asked));
    for (std::size_t n = 0; n < asked.size(); ++n) {
      std::copy_n(found.begin() + static_cast<std::ptrdiff_t>(n * count), count,
                  p_right.begin() + static_cast<std::ptrdiff_t>(asked[n] * count));
    }
  }
  return p_right;
}

std::size_t ChooseAtPrice(const Outcomes& table, std::span<const std::size_t> among, std::span<const float> p_right,
                          double price_per_ms) {
  std::size_t chosen = among.front();
  double highest = -INFINITY;
  for (const std::size_t c : among) {
    const double score = p_right[c] - price_per_ms * table.MeanCostMs(c);
    if (score > highest) {
      chosen = c;
      highest = score;
    }
  }
  return chosen;
}

std::vector<PricedChoice> TryPrices(const Outcomes& table, Rows rows, const std::vector<float>& p_right,
                                    const PriceTrials& trials) {
  const std::size_t count = table.candidate_count();
  const std::vector<double> weights = WeightsOf(table, rows);
  const std::vector<int> groups = GroupsOf(table, rows);
  double dearest = 0;
  for (std::size_t c = 0; c < count; ++c) dearest = std::max(dearest, table.MeanCostMs(c));
  std::vector<double> prices{0};
  for (int step = -10 * trials.steps; step <= 2 * trials.steps; ++step) {
    prices.push_back(dearest > 0 ? std::exp2(static_cast<double>(step) / trials.steps) / dearest : 0);
  }
  std::vector<PricedChoice> choices;
  for (const double price : prices) {
    PricedChoice choice{price, {}, {}, 0, 0, 0};
    std::vector<double> paid;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const std::size_t c = ChooseAtPrice(table, trials.among, std::span(p_right).subspan(r * count, count), price);
      choice.chosen.push_back(c);
      choice.right.push_back(table.UtilityOf(c, rows[r], trials.top));
      paid.push_back(trials.paid_ms[c]);
    }
    choice.accuracy = WeightedMean(choice.right, weights);
    choice.cost_ms = WeightedMean(paid, weights);
    choice.cost_error_ms = ClusteredStandardError(paid, weights, groups);
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace amsel
