#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "evaluate/doctor_policies.h"
#include "evaluate/doctor_premodels.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr double kNeverChoose = -1;  // a price that stands for "always the single best"

std::vector<int> Folds(const DoctorTable& table, Rows rows, int folds, std::uint64_t seed) {
  std::vector<int> strata;
  std::vector<int> groups;
  for (const std::size_t i : rows) {
    strata.push_back(table.images.labels[i]);
    groups.push_back(table.images.groups[i]);
  }
  return StratifiedGroupFolds(strata, groups, folds, seed);
}

/// P(right) [rows × candidates], each row by a fit on the other folds of `rows`.
std::vector<float> CrossFitted(const std::string& premodel, const DoctorTable& table, Rows rows, int folds,
                               std::uint64_t seed) {
  const std::vector<int> fold_of = Folds(table, rows, folds, seed);
  const std::size_t count = table.candidate_count();
  std::vector<float> p_right(rows.size() * count, 0);
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> fit;
    std::vector<std::size_t> asked;
    std::vector<std::size_t> at;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      (fold_of[r] == fold ? asked : fit).push_back(rows[r]);
      if (fold_of[r] == fold) at.push_back(r);
    }
    if (fit.empty()) continue;
    const std::vector<float> found = FitAndPredict(premodel, table, fit, asked);
    for (std::size_t r = 0; r < at.size(); ++r) {
      std::copy_n(found.begin() + static_cast<std::ptrdiff_t>(r * count), count,
                  p_right.begin() + static_cast<std::ptrdiff_t>(at[r] * count));
    }
  }
  return p_right;
}

/// What is chosen at a price of time, given P(right) of every candidate.
std::size_t Choose(const DoctorTable& table, std::span<const float> p_right, double price, std::size_t best) {
  if (price == kNeverChoose) return best;
  std::size_t chosen = best;
  double highest = -INFINITY;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.is_view[c] && !table.is_view[best]) continue;
    const double score = p_right[c] - price * table.CostMs(c);
    if (score > highest) {
      highest = score;
      chosen = c;
    }
  }
  return chosen;
}

/// What a price did with the training images.
struct Trial {
  double price = 0;
  double accuracy = 0;
  double cost_ms = 0;
  double cost_error_ms = 0;
  double gain = 0;  ///< over the single best
  double gain_error = 0;
};

Trial Try(const DoctorTable& table, Rows rows, const std::vector<float>& p_right, double price, std::size_t best) {
  std::vector<double> right;
  std::vector<double> gain;
  std::vector<double> cost;
  std::vector<double> weights;
  std::vector<int> groups;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::size_t c =
        Choose(table, std::span(p_right).subspan(r * table.candidate_count(), table.candidate_count()), price, best);
    right.push_back(table.singles[c].right[rows[r]]);
    gain.push_back(right.back() - table.singles[best].right[rows[r]]);
    cost.push_back(table.ChosenCostMs(c) + table.premodel_features_ms);
    weights.push_back(table.images.weights[rows[r]]);
    groups.push_back(table.images.groups[rows[r]]);
  }
  return {price,
          WeightedMean(right, weights),
          WeightedMean(cost, weights),
          ClusteredStandardError(cost, weights, groups),
          WeightedMean(gain, weights),
          ClusteredStandardError(gain, weights, groups)};
}

std::vector<Trial> TryAll(const DoctorTable& table, Rows rows, const std::vector<float>& p_right, std::size_t best) {
  double dearest = 0;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) dearest = std::max(dearest, table.CostMs(c));
  std::vector<Trial> trials{Try(table, rows, p_right, 0, best)};
  for (int half = -20; half <= 4; ++half) {  // the dearest candidate costs 2^−10 … 4 in accuracy
    trials.push_back(Try(table, rows, p_right, std::exp2(half / 2.0) / dearest, best));
  }
  return trials;
}

/// The most accurate in less time than the single best, by one standard error.
double AccuratePrice(const std::vector<Trial>& trials, double best_ms) {
  const Trial* chosen = nullptr;
  for (const Trial& trial : trials) {
    const bool in_time = trial.cost_ms + trial.cost_error_ms <= best_ms;
    if (in_time && (chosen == nullptr || trial.accuracy > chosen->accuracy)) chosen = &trial;
  }
  return chosen == nullptr ? kNeverChoose : chosen->price;
}

/// The cheapest that is more accurate than the single best by one standard error; where none is, no less accurate.
double FastPrice(const std::vector<Trial>& trials) {
  const Trial* sure = nullptr;
  const Trial* close = nullptr;
  for (const Trial& trial : trials) {
    if (trial.gain < 0) continue;
    if (close == nullptr || trial.cost_ms < close->cost_ms) close = &trial;
    if (trial.gain >= trial.gain_error && (sure == nullptr || trial.cost_ms < sure->cost_ms)) sure = &trial;
  }
  if (sure == nullptr) sure = close;
  return sure == nullptr ? kNeverChoose : sure->price;
}

/// What a point chose for an image.
struct Chosen {
  std::size_t candidate = 0;
  bool reads_features = false;
};

/// Shares, and with them what the null does.
void AddNull(const DoctorTable& table, const std::vector<Chosen>& chosen, PlayedPoint& point) {
  double total = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    point.shares[table.singles[chosen[i].candidate].name] += table.images.weights[i];
    total += table.images.weights[i];
  }
  point.null_right.assign(chosen.size(), 0);
  for (auto& [name, share] : point.shares) {
    share /= total;
    const auto single = std::find_if(table.singles.begin(), table.singles.end(),
                                     [&](const RowSamples& row) { return row.name == name; });
    for (std::size_t i = 0; i < chosen.size(); ++i) point.null_right[i] += share * single->right[i];
  }
}

}  // namespace

std::vector<std::size_t> ImagesOf(const std::vector<int>& fold_of, int fold, bool inside) {
  std::vector<std::size_t> images;
  for (std::size_t i = 0; i < fold_of.size(); ++i) {
    if ((fold_of[i] == fold) == inside) images.push_back(i);
  }
  return images;
}

PlayedSelection PlaySelection(const std::string& premodel, const DoctorTable& table, const std::vector<int>& fold_of,
                              std::uint64_t seed) {
  const std::size_t count = table.candidate_count();
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  PlayedSelection played{std::vector<float>(fold_of.size() * count), {}};
  const std::vector<std::string> names{"accurate", "fast"};
  std::vector<std::vector<Chosen>> chosen(names.size(), std::vector<Chosen>(fold_of.size()));
  ParallelFor(static_cast<std::size_t>(folds), [&](std::size_t f) {
    const std::vector<std::size_t> training = ImagesOf(fold_of, static_cast<int>(f), false);
    const std::vector<std::size_t> tested = ImagesOf(fold_of, static_cast<int>(f), true);
    const std::size_t best = SingleBest(table, training);
    const std::vector<Trial> trials =
        TryAll(table, training, CrossFitted(premodel, table, training, folds, seed + 1), best);
    const double prices[] = {AccuratePrice(trials, table.CostMs(best)), FastPrice(trials)};
    const std::vector<float> found = FitAndPredict(premodel, table, training, tested);
    for (std::size_t r = 0; r < tested.size(); ++r) {
      const std::span<const float> own = std::span(found).subspan(r * count, count);
      std::copy(own.begin(), own.end(), played.p_right.begin() + static_cast<std::ptrdiff_t>(tested[r] * count));
      for (std::size_t p = 0; p < names.size(); ++p) {
        chosen[p][tested[r]] = {Choose(table, own, prices[p], best), prices[p] != kNeverChoose};
      }
    }
  });
  for (std::size_t p = 0; p < names.size(); ++p) {
    PlayedPoint point{premodel, names[p], {}, {}, {}, {}};
    for (std::size_t i = 0; i < fold_of.size(); ++i) {
      const auto& [c, reads_features] = chosen[p][i];
      point.right.push_back(table.singles[c].right[i]);
      point.cost_ms.push_back(reads_features ? table.ChosenCostMs(c) + table.premodel_features_ms : table.CostMs(c));
    }
    AddNull(table, chosen[p], point);
    played.points.push_back(std::move(point));
  }
  return played;
}

}  // namespace amsel
