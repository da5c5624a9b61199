#include <algorithm>
#include <optional>

#include "base/parallel.h"
#include "doctor/policies.h"
#include "doctor/premodels.h"
#include "evaluate/rows.h"
#include "evaluate/simulated_rows.h"
#include "learn/cross_validate.h"
#include "stats/folds.h"

namespace amsel {
namespace {

/// A price of time, or none: always the single best, and no feature is read.
using Price = std::optional<double>;

/// Candidates to choose from: no views, unless all are.
std::vector<std::size_t> ChosenAmong(const Outcomes& table, std::size_t best) {
  std::vector<std::size_t> among = AllCandidates(table);
  if (!table.candidates[best].derived) std::erase_if(among, [&](std::size_t c) { return table.candidates[c].derived; });
  return among;
}

/// What an image costs on which the candidate is chosen: caches are cold, since another ran before it.
double ChosenCostMs(const Subject& subject, std::size_t c) {
  const StepCost cost = subject.table.MeanStep(c);
  return cost.Run(false) + cost.prepare + subject.features_ms;
}

/// The most accurate in less time than the single best, by one standard error.
Price AccuratePrice(const std::vector<PricedChoice>& choices, double best_ms) {
  const PricedChoice* chosen = nullptr;
  for (const PricedChoice& choice : choices) {
    const bool in_time = choice.cost_ms + choice.cost_error_ms <= best_ms;
    if (in_time && (chosen == nullptr || choice.accuracy > chosen->accuracy)) chosen = &choice;
  }
  return chosen == nullptr ? Price() : chosen->price_per_ms;
}

/// The cheapest that is more accurate than the single best by one standard error; where none is, no less accurate.
Price FastPrice(const Subject& subject, Rows rows, const std::vector<PricedChoice>& choices, std::size_t best) {
  const EvaluatedImages images = DescribeImages(subject.table, rows);
  const PricedChoice* sure = nullptr;
  const PricedChoice* close = nullptr;
  for (const PricedChoice& choice : choices) {
    std::vector<double> gains = choice.right;
    for (std::size_t r = 0; r < rows.size(); ++r) gains[r] -= subject.table.UtilityOf(best, rows[r], subject.top);
    const double gain = WeightedMean(gains, images.weights);
    if (gain < 0) continue;
    if (close == nullptr || choice.cost_ms < close->cost_ms) close = &choice;
    const double error = ClusteredStandardError(gains, images.weights, images.groups);
    if (gain >= error && (sure == nullptr || choice.cost_ms < sure->cost_ms)) sure = &choice;
  }
  if (sure == nullptr) sure = close;
  return sure == nullptr ? Price() : sure->price_per_ms;
}

/// What one point chose for an image.
struct Chosen {
  std::size_t candidate = 0;
  bool reads_features = false;
};

PlayedPoint Describe(const Subject& subject, const std::string& premodel, const std::string& point,
                     const std::vector<Chosen>& chosen) {
  RowSamples row{.name = premodel, .kind = "premodel", .operating_point = point};
  double total = 0;
  for (std::size_t r = 0; r < chosen.size(); ++r) {
    const auto& [c, reads_features] = chosen[r];
    row.right.push_back(subject.singles[c].right[r]);
    row.latency_ms.push_back(reads_features ? ChosenCostMs(subject, c) : subject.table.MeanCostMs(c));
    row.shares[subject.singles[c].name] += subject.images.weights[r];
    total += subject.images.weights[r];
  }
  for (auto& [name, share] : row.shares) share /= total;  // of one that is always chosen it is 1, to the bit
  RowSamples null = RandomMixRow(row, subject.singles, 0);
  return {std::move(row), std::move(null)};
}

}  // namespace

PlayedSelection PlaySelection(const std::string& premodel, const Subject& subject, const std::vector<int>& fold_of,
                              std::uint64_t seed) {
  const Outcomes& table = subject.table;
  const std::size_t count = table.candidate_count();
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  const PRightFitter fitter = QuickFitter(premodel, subject);
  PlayedSelection played{std::vector<float>(fold_of.size() * count), {}};
  const std::vector<std::string> names{"accurate", "fast"};
  std::vector<std::vector<Chosen>> chosen(names.size(), std::vector<Chosen>(fold_of.size()));
  ParallelFor(static_cast<std::size_t>(folds), [&](std::size_t f) {
    const std::vector<std::size_t> training = RowsOutside(subject.rows, fold_of, static_cast<int>(f));
    const std::vector<std::size_t> tested = PositionsIn(fold_of, static_cast<int>(f));
    const std::size_t best = SingleBest(table, training, subject.top);
    PriceTrials trials{ChosenAmong(table, best), {}, 2, subject.top};
    for (std::size_t c = 0; c < count; ++c) trials.paid_ms.push_back(ChosenCostMs(subject, c));
    const std::vector<PricedChoice> choices = TryPrices(
        table, training, CrossFittedPRight(table, training, FoldsOf(table, training, folds, seed + 1), fitter), trials);
    const Price prices[] = {AccuratePrice(choices, table.MeanCostMs(best)),
                            FastPrice(subject, training, choices, best)};
    const std::vector<float> found = fitter(training, RowsAt(subject.rows, tested));
    for (std::size_t n = 0; n < tested.size(); ++n) {
      const std::span<const float> own = std::span(found).subspan(n * count, count);
      std::copy(own.begin(), own.end(), played.p_right.begin() + static_cast<std::ptrdiff_t>(tested[n] * count));
      for (std::size_t p = 0; p < names.size(); ++p) {
        chosen[p][tested[n]] =
            prices[p] ? Chosen{ChooseAtPrice(table, trials.among, own, *prices[p]), true} : Chosen{best, false};
      }
    }
  });
  for (std::size_t p = 0; p < names.size(); ++p) {
    played.points.push_back(Describe(subject, premodel, names[p], chosen[p]));
  }
  return played;
}

}  // namespace amsel
