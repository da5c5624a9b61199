// Pruning by correlation, then backward elimination (Guyon & Elisseeff 2003, "An introduction to variable and feature
// selection"), as in Taylor et al., LCTES 2018, § "Feature selection". The paper's premodel, k nearest neighbours, is
// what judges a set.
#include "learn/feature_selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/nan_last.h"
#include "base/parallel.h"
#include "learn/cross_validate.h"
#include "learn/feature_rows.h"
#include "policy/knn.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

/// Of weighted mean 0 and length 1, so that products are Pearson's correlations; zeros where nothing varies.
std::vector<double> Standardized(std::vector<double> values, const std::vector<double>& weights) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double mean = *least == *greatest ? *least : WeightedMean(values, weights);
  double squares = 0;
  for (std::size_t r = 0; r < values.size(); ++r) {
    values[r] = (values[r] - mean) * std::sqrt(weights[r]);
    squares += values[r] * values[r];
  }
  for (double& value : values) value = squares > 0 ? value / std::sqrt(squares) : 0;
  return values;
}

double Product(const std::vector<double>& a, const std::vector<double>& b) {
  return std::clamp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0), -1.0, 1.0);
}

/// Judges sets of features. Positions are into options.selection.from.
class Judge {
 public:
  Judge(const Outcomes& table, Rows rows, const LearnOptions& options)
      : table_(table),
        options_(options),
        rows_(ThinnedRows(table, ForLearning(table, rows).choose, options.selection.most_rows, options.seed)),
        folds_(FoldsOf(table, rows_, options.inner_folds, options.seed)),
        by_capability_(ByCapability(table, rows, options.top)) {
    const std::size_t count = options.selection.from.size();
    values_ = FeatureRows(table, rows_, options.selection.from);
    weights_ = WeightsOf(table, rows_);
    groups_ = GroupsOf(table, rows_);
    for (const std::size_t i : rows_) {
      for (std::size_t c = 0; c < table.candidate_count(); ++c) {
        right_.push_back(table.Right(c, i, options.top) ? 1.0F : 0.0F);
      }
    }
    for (int fold = 0; fold < options.inner_folds; ++fold) scaled_.push_back(Scaled(fold, count));
  }

  /// Per row, 1 where the candidate picked by rows of the other folds is right.
  std::vector<double> RightWith(const std::vector<std::size_t>& set) const {
    std::vector<double> right(rows_.size(), 0);
    for (int fold = 0; fold < options_.inner_folds; ++fold) PlayFold(fold, set, right);
    return right;
  }

  /// The same for each set that lacks one of `set`.
  std::vector<std::vector<double>> RightWithoutEach(const std::vector<std::size_t>& set) const {
    std::vector<std::vector<double>> right(set.size());
    ParallelFor(set.size(), [&](std::size_t at) {
      std::vector<std::size_t> without = set;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
      right[at] = RightWith(without);
    });
    return right;
  }

  double Accuracy(const std::vector<double>& right) const { return WeightedMean(right, weights_); }
  double StandardError(const std::vector<double>& values) const {
    return ClusteredStandardError(values, weights_, groups_);
  }
  /// Mean of what `a` has more than `b`, and its standard error.
  std::pair<double, double> Lead(const std::vector<double>& a, const std::vector<double>& b) const {
    std::vector<double> lead(a.size());
    for (std::size_t r = 0; r < a.size(); ++r) lead[r] = a[r] - b[r];
    return {WeightedMean(lead, weights_), StandardError(lead)};
  }

 private:
  /// All values, scaled to 0..1 by the range in the rows that the fold learns from.
  std::vector<float> Scaled(int fold, std::size_t count) const {
    std::vector<float> scaled = values_;
    for (std::size_t f = 0; f < count; ++f) {
      float low = std::numeric_limits<float>::infinity();
      float high = -low;
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        if (folds_[r] == fold) continue;
        low = std::min(low, values_[r * count + f]);
        high = std::max(high, values_[r * count + f]);
      }
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        float& value = scaled[r * count + f];
        value = high > low ? std::clamp((value - low) / (high - low), 0.0F, 1.0F) : 0.0F;
      }
    }
    return scaled;
  }

  void AppendCoordinates(int fold, std::size_t r, const std::vector<std::size_t>& set, std::vector<float>& to) const {
    const std::size_t count = options_.selection.from.size();
    for (const std::size_t f : set) to.push_back(scaled_[static_cast<std::size_t>(fold)][r * count + f]);
  }

  void PlayFold(int fold, const std::vector<std::size_t>& set, std::vector<double>& right) const {
    const std::size_t candidates = table_.candidate_count();
    std::vector<float> points;
    std::vector<float> targets;
    int count = 0;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (folds_[r] == fold) continue;
      AppendCoordinates(fold, r, set, points);
      targets.insert(targets.end(), right_.begin() + static_cast<std::ptrdiff_t>(r * candidates),
                     right_.begin() + static_cast<std::ptrdiff_t>((r + 1) * candidates));
      ++count;
    }
    if (count == 0) return;
    const KnnIndex index(std::move(points), std::move(targets), count, static_cast<int>(set.size()),
                         static_cast<int>(candidates));
    const int neighbours = set.empty() ? count : options_.p_right_k;  // without features all are equally near
    std::vector<float> scratch(KnnIndex::ScratchSize(neighbours));
    std::vector<float> p_right(candidates);
    std::vector<float> query;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (folds_[r] != fold) continue;
      query.clear();
      AppendCoordinates(fold, r, set, query);
      index.MeanTargets(query, neighbours, scratch, p_right);
      std::size_t picked = by_capability_.front();
      for (const std::size_t c : by_capability_) {
        if (p_right[c] > p_right[picked]) picked = c;
      }
      right[r] = right_[r * candidates + picked];
    }
  }

  const Outcomes& table_;
  const LearnOptions& options_;
  std::vector<std::size_t> rows_;
  std::vector<int> folds_;
  std::vector<std::size_t> by_capability_;
  std::vector<float> values_;               // [row][feature]
  std::vector<std::vector<float>> scaled_;  // [fold][row][feature]
  std::vector<float> right_;                // [row][candidate]
  std::vector<double> weights_;
  std::vector<int> groups_;
};

/// Standardized values by feature.
std::vector<std::vector<double>> Columns(const Outcomes& table, Rows rows, const std::vector<std::string>& names,
                                         const std::vector<double>& weights) {
  const std::vector<float> values = FeatureRows(table, rows, names);
  std::vector<std::vector<double>> columns(names.size());
  for (std::size_t at = 0; at < values.size(); ++at) columns[at % names.size()].push_back(values[at]);
  for (std::vector<double>& column : columns) column = Standardized(std::move(column), weights);
  return columns;
}

/// Per feature, the largest |r| with a candidate being right, less the share of candidates that are.
std::vector<double> Relevance(const Outcomes& table, Rows rows, const std::vector<std::vector<double>>& columns,
                              const std::vector<double>& weights, int top) {
  const std::size_t candidates = table.candidate_count();
  std::vector<double> share(rows.size(), 0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < candidates; ++c) share[r] += table.Right(c, rows[r], top) ? 1.0 : 0.0;
    share[r] /= static_cast<double>(candidates);
  }
  std::vector<double> relevance(columns.size(), 0);
  std::vector<double> lead(rows.size());
  for (std::size_t c = 0; c < candidates; ++c) {
    for (std::size_t r = 0; r < rows.size(); ++r) lead[r] = (table.Right(c, rows[r], top) ? 1.0 : 0.0) - share[r];
    const std::vector<double> standardized = Standardized(lead, weights);
    for (std::size_t f = 0; f < columns.size(); ++f) {
      relevance[f] = std::max(relevance[f], std::abs(Product(columns[f], standardized)));
    }
  }
  return relevance;
}

/// Fills in `pearson_r` and `pruned`; positions of the features that are kept.
std::vector<std::size_t> Prune(const Outcomes& table, Rows rows, const LearnOptions& options,
                               FeatureSelection& selection) {
  const std::vector<std::string>& names = selection.names;
  const std::size_t count = names.size();
  const std::vector<double> weights = WeightsOf(table, rows);
  const std::vector<std::vector<double>> columns = Columns(table, rows, names, weights);
  selection.pearson_r.resize(count * count);
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a; b < count; ++b) {
      selection.pearson_r[a * count + b] = selection.pearson_r[b * count + a] = Product(columns[a], columns[b]);
    }
  }
  const std::vector<double> relevance = Relevance(table, rows, columns, weights, options.top);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return HighFirst(relevance[a]) > HighFirst(relevance[b]); });
  std::vector<std::size_t> kept;
  std::vector<PrunedFeature> pruned(count);
  for (const std::size_t f : order) {
    const auto r = [&](std::size_t with) { return selection.pearson_r[f * count + with]; };
    const auto twin = std::find_if(
        kept.begin(), kept.end(), [&](std::size_t with) { return std::abs(r(with)) >= options.selection.correlation; });
    if (r(f) == 0) {
      pruned[f] = {names[f], "", 0};
    } else if (twin != kept.end()) {
      pruned[f] = {names[f], names[*twin], r(*twin)};
    } else {
      kept.push_back(f);
    }
  }
  for (const PrunedFeature& feature : pruned) {
    if (!feature.name.empty()) selection.pruned.push_back(feature);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<std::string> NamesOf(const std::vector<std::size_t>& set, const std::vector<std::string>& names) {
  std::vector<std::string> of_set;
  for (const std::size_t f : set) of_set.push_back(names[f]);
  return of_set;
}

}  // namespace

FeatureSelection SelectFeatures(const Outcomes& table, Rows rows, const LearnOptions& options) {
  FeatureSelection selection;
  selection.names = options.selection.from;
  std::vector<std::size_t> set = Prune(table, rows, options, selection);
  if (set.empty()) set.push_back(0);  // all are constant: any tells as little
  const Judge judge(table, rows, options);
  std::vector<std::vector<double>> right;  // by step and row
  const auto step = [&](const std::string& removed, std::vector<double> now) {
    selection.curve.push_back({removed, NamesOf(set, selection.names), judge.Accuracy(now), judge.StandardError(now)});
    right.push_back(std::move(now));
  };
  step("", judge.RightWith(set));
  while (!set.empty()) {
    std::vector<std::vector<double>> without = judge.RightWithoutEach(set);
    if (right.size() == 1) {
      for (std::size_t at = 0; at < set.size(); ++at) {
        const auto [lost, error] = judge.Lead(right[0], without[at]);
        selection.importance.push_back({selection.names[set[at]], lost, error});
      }
    }
    const auto rank = [&](std::size_t at) {
      return std::pair(judge.Accuracy(without[at]), table.FeaturesCostMs({selection.names[set[at]]}));
    };
    std::size_t least = 0;
    for (std::size_t at = 1; at < set.size(); ++at) least = rank(at) > rank(least) ? at : least;
    const std::string removed = selection.names[set[least]];
    set.erase(set.begin() + static_cast<std::ptrdiff_t>(least));
    step(removed, std::move(without[least]));
  }
  const auto accurate =
      std::max_element(selection.curve.begin(), selection.curve.end(),
                       [](const auto& a, const auto& b) { return HighFirst(a.accuracy) < HighFirst(b.accuracy); });
  const auto best = static_cast<std::size_t>(accurate - selection.curve.begin());
  for (std::size_t s = 0; s + 1 < selection.curve.size(); ++s) {  // a premodel reads something
    const auto [lost, error] = judge.Lead(right[best], right[s]);
    if (s == 0 || lost <= error) selection.chosen = selection.curve[s].features;
  }
  return selection;
}

Learner WithSelectedFeatures(LearnerWithOptions learn, const LearnOptions& options) {
  return [learn = std::move(learn), options](const Outcomes& table, Rows rows) {
    LearnOptions in_table = options;
    in_table.features = NamesInTable(table, options.features);
    in_table.selection.from = NamesInTable(table, options.selection.from);
    if (!in_table.selection.from.empty()) in_table.features = SelectFeatures(table, rows, in_table).chosen;
    return learn(table, rows, in_table);
  };
}

}  // namespace amsel
