// Nothing is fitted to a few hundred images but one pair and one margin: what a kind is worth shows through less luck
// than by policies that are learned, and without the bar that named points must pass, which small samples never do.
#include "doctor/try_views.h"

#include "learn/cross_validate.h"
#include "learn/search_space.h"
#include "learn/textbook.h"
#include "stats/bootstrap.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr int kTrialFolds = 5;
constexpr double kLeastWorth = 0.5;  // in standard errors

/// Image by image, what a cascade of these candidates is worth that is chosen without it: mean over the prices.
std::vector<double> WorthWith(const Outcomes& all, const std::vector<std::size_t>& candidates,
                              const std::vector<int>& fold_of) {
  const Outcomes table = WithCandidates(all, candidates);
  const Textbook textbook(table);
  const double best_ms = table.MeanCostMs(SingleBest(table, AllRows(table), 1));
  std::vector<double> worth(table.image_count());
  for (int fold = 0; fold < kTrialFolds; ++fold) {
    for (int p = 0; p < kLowPrices; ++p) {
      const double price = PriceAt(best_ms, p, kFewPrices);
      const TextbookCascade chosen = textbook.Choose(PositionsOutside(fold_of, fold), {.price_per_ms = price});
      for (const std::size_t i : PositionsIn(fold_of, fold)) {
        const SimulatedRun run = textbook.Run(chosen, i);
        worth[i] += (run.Worth() - price * table.MeanPathMs(run.path)) / kLowPrices;
      }
    }
  }
  return worth;
}

}  // namespace

std::vector<TriedKind> TryKinds(const Outcomes& table, const std::vector<std::size_t>& plain,
                                const std::vector<ViewKind>& kinds, std::uint64_t seed) {
  const std::vector<std::size_t> rows = AllRows(table);
  const std::vector<int> fold_of = FoldsOf(table, rows, kTrialFolds, seed);
  const std::vector<double> without = WorthWith(table, plain, fold_of);
  std::vector<TriedKind> tried;
  for (const ViewKind& kind : kinds) {
    std::vector<std::size_t> candidates = plain;
    candidates.insert(candidates.end(), kind.candidates.begin(), kind.candidates.end());
    std::vector<double> gains = WorthWith(table, candidates, fold_of);
    for (std::size_t i = 0; i < gains.size(); ++i) gains[i] -= without[i];
    const double worth = WeightedMean(gains, WeightsOf(table, rows));
    const double error = ClusteredStandardError(gains, WeightsOf(table, rows), GroupsOf(table, rows));
    tried.push_back({kind.name, worth, error, worth > 0 && worth >= kLeastWorth * error});
  }
  return tried;
}

}  // namespace amsel
