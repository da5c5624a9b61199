// Forward selection (greedy, as Nemhauser et al. 1978 for objectives with falling gains). Ordered pairs are judged
// exactly: rows are sorted by confidence once a candidate, and each pair is one pass over them. The best pair of each
// part and price grows by whichever candidate is kept next. Parts of the rows stand in for other samples: what is best
// on some of them is kept before the second best on all, and luck counts on one alone.
#include "learn/most_adding.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>

#include "base/nan_last.h"
#include "base/parallel.h"
#include "learn/cross_validate.h"
#include "learn/growing_cascade.h"
#include "learn/labels.h"
#include "learn/pair_pools.h"
#include "learn/search_space.h"
#include "policy/staged.h"

namespace amsel {
namespace {

constexpr std::size_t kParts = 5;
constexpr std::uint64_t kPartsSeed = 1;
constexpr double kLeastGain = 1e-9;  // less is sums in another order

/// What a cascade is worth, by part and price.
using Worth = std::array<double, kParts * kLowPrices>;

/// Candidates by their places in `among`.
class Selection {
 public:
  Selection(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among, int top)
      : table_(table), among_(among), top_(top), weights_(WeightsOf(table, rows)), singles_(among.size()) {
    if (table.HasOutputs()) pools_.emplace(table, among, rows, top);
    const double best_ms = table.MeanCostMs(SingleBest(table, rows, top));
    for (int p = 0; p < kLowPrices; ++p) prices_.push_back(PriceAt(best_ms, p, kFewPrices));
    const std::vector<int> part_of = FoldsOf(table, rows, int{kParts}, kPartsSeed);
    for (std::size_t r = 0; r < rows.size(); ++r) parts_[static_cast<std::size_t>(part_of[r])].push_back(rows[r]);
    ParallelFor(among.size(), [&](std::size_t c) { Know(c, rows, part_of, top); });
    pairs_.resize(among.size());
    reach_.resize(among.size());
    ParallelFor(among.size(), [&](std::size_t c) {
      reach_[c].worth = Judge(c, singles_[c].worth, 0);
      reach_[c].with.fill(c);
      for (std::size_t other = c + 1; other < among.size(); ++other) pairs_[c].push_back(OfPair(c, other));
    });
    now_.fill(-std::numeric_limits<double>::infinity());
  }

  void Add(std::size_t c) {
    ParallelFor(now_.size(), [&](std::size_t j) {
      const double grown = grown_[j].empty() ? -std::numeric_limits<double>::infinity() : grown_[j][c];
      if (std::max(grown, reach_[c].worth[j]) <= now_[j] + kLeastGain) return;
      now_[j] = std::max(grown, reach_[c].worth[j]);
      if (!pools_) return;
      if (grown >= reach_[c].worth[j]) {
        best_[j]->Add(among_[c]);
      } else {
        const auto [first, second] = std::minmax(c, reach_[c].with[j]);
        best_[j].emplace(table_, parts_[j / kLowPrices], among_[first], prices_[j % kLowPrices], top_);
        if (first != second) best_[j]->Add(among_[second]);
      }
      Grow(j);
    });
    for (std::size_t other = 0; other < among_.size(); ++other) {
      const auto [first, second] = std::minmax(c, other);
      if (first == second) continue;
      const Worth& pair = pairs_[first][second - first - 1];
      for (std::size_t j = 0; j < pair.size(); ++j) {
        if (pair[j] <= reach_[other].worth[j]) continue;
        reach_[other].worth[j] = pair[j];
        reach_[other].with[j] = c;
      }
    }
  }

  /// What it adds to the best of what was added before, over all parts and prices.
  double Gain(std::size_t c) const {
    double gain = 0;
    for (std::size_t j = 0; j < now_.size(); ++j) {
      const double with = grown_[j].empty() ? reach_[c].worth[j] : std::max(reach_[c].worth[j], grown_[j][c]);
      if (with > now_[j] + kLeastGain) gain += with - now_[j];
    }
    return gain;
  }

 private:
  struct Single {
    std::vector<float> worth;   ///< by row: of its answer
    std::vector<float> signal;  ///< by row
    std::array<std::vector<std::size_t>, kParts> surest_first;
  };

  /// The best of a candidate alone, or with one that was added.
  struct Reach {
    Worth worth{};
    std::array<std::size_t, kParts * kLowPrices> with{};
  };

  /// What the best cascade would be worth with each candidate more.
  void Grow(std::size_t j) {
    grown_[j].assign(among_.size(), -std::numeric_limits<double>::infinity());
    const std::vector<std::size_t>& in = best_[j]->candidates();
    if (in.size() == std::size_t{kMaxStages}) return;
    for (std::size_t c = 0; c < among_.size(); ++c) {
      if (std::find(in.begin(), in.end(), among_[c]) == in.end()) grown_[j][c] = best_[j]->WorthWith(among_[c]);
    }
  }

  void Know(std::size_t c, Rows rows, const std::vector<int>& part_of, int top) {
    Single& single = singles_[c];
    for (const std::size_t i : rows) single.worth.push_back(static_cast<float>(table_.UtilityOf(among_[c], i, top)));
    single.signal = table_.ConfidencesOf(among_[c], rows);
    single.signal.resize(rows.size(), 0);  // the same for all where it tells none
    for (std::size_t r = 0; r < rows.size(); ++r) {
      single.surest_first[static_cast<std::size_t>(part_of[r])].push_back(r);
    }
    for (std::vector<std::size_t>& part : single.surest_first) {
      std::stable_sort(part.begin(), part.end(), [&](std::size_t a, std::size_t b) {
        return HighFirst(single.signal[a]) > HighFirst(single.signal[b]);
      });
    }
  }

  Worth OfPair(std::size_t first, std::size_t second) const {
    std::vector<float> together = singles_[second].worth;
    if (pools_) {
      const PairPools::Pair pair = pools_->Of(first, second);
      for (std::size_t r = 0; r < together.size(); ++r) together[r] = pair.Right(r) ? 1 : 0;
    }
    const std::size_t path[] = {among_[first], among_[second]};
    return Judge(first, together, table_.MeanPathMs(path) - table_.MeanCostMs(among_[first]));
  }

  /// The best threshold's worth, by part and price: above it `first` answers, below it going on is worth `then` and
  /// takes `more_ms`.
  Worth Judge(std::size_t first, const std::vector<float>& then, double more_ms) const {
    const Single& single = singles_[first];
    Worth worth;
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::vector<std::size_t>& rows = single.surest_first[part];
      double total = 0;
      double right = 0;
      for (const std::size_t r : rows) {
        total += weights_[r];
        right += weights_[r] * then[r];
      }
      double goes_on = total;
      double* best = &worth[part * kLowPrices];
      std::fill_n(best, kLowPrices, total > 0 ? -std::numeric_limits<double>::infinity() : 0);
      const auto offer = [&] {
        const double ms = table_.MeanCostMs(among_[first]) + goes_on / total * more_ms;
        for (std::size_t p = 0; p < kLowPrices; ++p) best[p] = std::max(best[p], right / total - prices_[p] * ms);
      };
      if (total > 0) offer();
      for (std::size_t n = 0; n < rows.size() && total > 0; ++n) {
        const std::size_t r = rows[n];
        goes_on -= weights_[r];
        right += weights_[r] * (single.worth[r] - then[r]);
        if (n + 1 == rows.size() || single.signal[rows[n + 1]] != single.signal[r]) offer();
      }
    }
    return worth;
  }

  const Outcomes& table_;
  const std::vector<std::size_t>& among_;
  int top_;
  std::vector<double> weights_;
  std::vector<double> prices_;
  std::array<std::vector<std::size_t>, kParts> parts_;  ///< of the rows
  std::vector<Single> singles_;
  std::optional<PairPools> pools_;
  std::vector<std::vector<Worth>> pairs_;  ///< [first][second − first − 1]: the cheaper comes first
  std::vector<Reach> reach_;
  Worth now_{};                                                          ///< the best of those that were added
  std::array<std::optional<GrowingCascade>, kParts * kLowPrices> best_;  ///< where there are outputs: who is that
  std::array<std::vector<double>, kParts * kLowPrices> grown_;           ///< likewise: with one candidate more
};

}  // namespace

std::vector<std::size_t> MostAdding(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among, int top,
                                    std::size_t most) {
  Selection selection(table, rows, among, top);
  std::vector<char> kept(among.size(), 0);
  std::size_t count = 0;
  const auto keep = [&](std::size_t c) {
    if (kept[c] != 0 || count == most) return;
    kept[c] = 1;
    ++count;
    selection.Add(c);
  };
  keep(0);
  const auto best = std::find(among.begin(), among.end(), SingleBest(table, rows, top));
  if (best != among.end()) keep(static_cast<std::size_t>(best - among.begin()));
  while (count < most) {
    std::size_t next = 0;
    double most_gain = 0;
    for (std::size_t c = 0; c < among.size(); ++c) {
      const double gain = kept[c] != 0 ? 0 : selection.Gain(c);
      if (gain > most_gain) {
        next = c;
        most_gain = gain;
      }
    }
    if (most_gain == 0) break;
    keep(next);
  }
  std::vector<std::size_t> left(among.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  const std::vector<double> accuracies = Accuracies(table, rows, top);
  std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
    return HighFirst(accuracies[among[a]]) > HighFirst(accuracies[among[b]]);
  });
  for (const std::size_t c : left) keep(c);
  std::vector<std::size_t> chosen;
  for (std::size_t c = 0; c < among.size(); ++c) {
    if (kept[c] != 0) chosen.push_back(among[c]);
  }
  return chosen;
}

}  // namespace amsel
