#include "learn/premodels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "base/nan_last.h"
#include "learn/cross_validate.h"
#include "learn/feature_rows.h"
#include "learn/policy_common.h"
#include "learn/portfolio.h"
#include "policy/premodel.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

std::vector<float> RawFeatures(const Outcomes& table, std::size_t i, const std::vector<std::size_t>& positions) {
  std::vector<float> values;
  for (const std::size_t position : positions) values.push_back(table.Features(i)[position]);
  return values;
}

FeatureScaler FitScaler(const Outcomes& table, Rows rows, const std::vector<std::size_t>& positions) {
  FeatureScaler scaler;
  scaler.low = scaler.high = RawFeatures(table, rows.front(), positions);
  for (const std::size_t i : rows) {
    const std::vector<float> values = RawFeatures(table, i, positions);
    for (std::size_t f = 0; f < values.size(); ++f) {
      scaler.low[f] = std::min(scaler.low[f], values[f]);
      scaler.high[f] = std::max(scaler.high[f], values[f]);
    }
  }
  return scaler;
}

std::vector<float> ScaledPoints(const Outcomes& table, Rows rows, const std::vector<std::size_t>& positions,
                                const FeatureScaler& scaler) {
  std::vector<float> points(rows.size() * positions.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    scaler.Apply(RawFeatures(table, rows[r], positions),
                 std::span(points).subspan(r * positions.size(), positions.size()));
  }
  return points;
}

/// P(right) [rows × candidates] by kNN on the rows of the other inner folds.
std::vector<float> CrossFittedPRight(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const std::vector<std::size_t> positions = FeaturePositions(table, options.features);
  const std::size_t count = table.candidate_count();
  const std::vector<int> folds = FoldsOf(table, rows, options.inner_folds, options.seed);
  std::vector<float> p_right(rows.size() * count, 0);
  std::vector<float> scratch(KnnIndex::ScratchSize(options.p_right_k));
  for (int fold = 0; fold < options.inner_folds; ++fold) {
    std::vector<std::size_t> fit;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (folds[r] != fold) fit.push_back(rows[r]);
    }
    if (fit.empty()) continue;
    const FeatureScaler scaler = FitScaler(table, fit, positions);
    std::vector<float> targets;
    for (const std::size_t i : fit) {
      for (std::size_t c = 0; c < count; ++c) targets.push_back(table.Right(c, i, options.top) ? 1 : 0);
    }
    const KnnIndex index(ScaledPoints(table, fit, positions, scaler), std::move(targets), static_cast<int>(fit.size()),
                         static_cast<int>(positions.size()), static_cast<int>(count));
    std::vector<float> query(positions.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (folds[r] != fold) continue;
      scaler.Apply(RawFeatures(table, rows[r], positions), query);
      index.MeanTargets(query, options.p_right_k, scratch, std::span(p_right).subspan(r * count, count));
    }
  }
  return p_right;
}

/// What one price of time would have chosen, out of fold.
struct PriceOutcome {
  double price_per_ms = 0;
  double accuracy = 0;
  double cost_ms = 0;
  std::vector<double> right;  ///< per row
  std::vector<bool> used;     ///< per candidate
};

PriceOutcome TryPrice(const Outcomes& table, Rows rows, const std::vector<float>& p_right, double price,
                      std::span<const double> weights, int top) {
  const std::size_t count = table.candidate_count();
  PriceOutcome outcome{price, 0, 0, {}, std::vector<bool>(count, false)};
  std::vector<double> costs(count);
  for (std::size_t c = 0; c < count; ++c) costs[c] = table.MeanCostMs(c);
  std::vector<double> paid;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::size_t best = 0;
    double best_score = -INFINITY;
    for (std::size_t c = 0; c < count; ++c) {
      const double score = p_right[r * count + c] - price * costs[c];
      if (score > best_score) {
        best = c;
        best_score = score;
      }
    }
    outcome.used[best] = true;
    outcome.right.push_back(table.Right(best, rows[r], top) ? 1 : 0);
    paid.push_back(costs[best]);
  }
  outcome.accuracy = WeightedMean(outcome.right, weights);
  outcome.cost_ms = WeightedMean(paid, weights);
  return outcome;
}

/// The most accurate price, then the cheapest within one standard error (paired) of it.
PriceOutcome ChoosePrice(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const std::vector<float> p_right = CrossFittedPRight(table, rows, options);
  std::vector<double> weights;
  std::vector<int> groups;
  for (const std::size_t i : rows) {
    weights.push_back(table.images[i].weight);
    groups.push_back(table.groups[i]);
  }
  double dearest = 0;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) dearest = std::max(dearest, table.MeanCostMs(c));
  std::vector<PriceOutcome> outcomes;
  outcomes.push_back(TryPrice(table, rows, p_right, 0, weights, options.top));
  for (int exponent = -10; exponent <= 2; ++exponent) {  // the dearest candidate costs 2^−10 … 4 in accuracy
    const double price = dearest > 0 ? std::ldexp(1.0, exponent) / dearest : 0;
    outcomes.push_back(TryPrice(table, rows, p_right, price, weights, options.top));
  }
  const PriceOutcome& best = *std::max_element(outcomes.begin(), outcomes.end(), [](const auto& a, const auto& b) {
    return HighFirst(a.accuracy) < HighFirst(b.accuracy);
  });
  const PriceOutcome* chosen = &best;
  for (const PriceOutcome& outcome : outcomes) {
    std::vector<double> loss;
    for (std::size_t r = 0; r < rows.size(); ++r) loss.push_back(best.right[r] - outcome.right[r]);
    const bool close = WeightedMean(loss, weights) <= ClusteredStandardError(loss, weights, groups);
    if (close && outcome.cost_ms < chosen->cost_ms) chosen = &outcome;
  }
  return *chosen;
}

/// The paper's labels over its portfolio, and the facts of a policy that chooses from it.
struct Labelled {
  Labelled(const Outcomes& table, Rows rows, const LearnOptions& options) {
    for (const PortfolioStep& step : SelectPortfolio(table, rows, options)) among.push_back(step.candidate);
    portfolio_size = among.size();
    labels = CheapestRight(table, rows, among, options);
    const std::size_t best = SingleBest(table, rows, options.top);
    if (std::find(among.begin(), among.end(), best) == among.end()) among.push_back(best);
    common = CommonFacts(table, rows, among, options);
    common.feature_names = options.features;
    const auto cheapest = std::min_element(common.costs_ms.begin(), common.costs_ms.end()) - common.costs_ms.begin();
    on_none = options.on_none == OnNone::kMostCapable ? common.fallback.front() : static_cast<CandidateId>(cheapest);
  }

  std::vector<std::size_t> among;  ///< the portfolio, then the single best where it is not in it
  std::size_t portfolio_size = 0;
  std::vector<int> labels;  ///< per row: position in the portfolio, −1 for none
  PolicyCommon common;
  CandidateId on_none = kNoCandidate;
};

}  // namespace

LearnedPolicy LearnSingle(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const std::vector<std::size_t> among{SingleBest(table, rows, options.top)};
  return {std::make_shared<SinglePolicy>(CommonFacts(table, rows, among, options), 0), among};
}

LearnedPolicy LearnChain(const Outcomes& table, Rows rows, const LearnOptions& options,
                         const std::vector<ClassifierLearner>& gates) {
  Labelled labelled(table, rows, options);
  const std::vector<std::size_t> positions = FeaturePositions(table, options.features);
  const FeatureScaler scaler = FitScaler(table, rows, positions);
  const auto width = static_cast<int>(positions.size());
  std::vector<ChainPolicy::Gate> learned;
  std::vector<std::size_t> left(rows.size());  // positions in `rows`
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (std::size_t gate = 0; gate < labelled.portfolio_size && !left.empty(); ++gate) {
    std::vector<std::size_t> fit;
    std::vector<int> yes;
    for (const std::size_t r : left) {
      fit.push_back(rows[r]);
      yes.push_back(labelled.labels[r] == static_cast<int>(gate) ? 1 : 0);
    }
    const std::vector<float> points = ScaledPoints(table, fit, positions, scaler);
    const bool alike = std::adjacent_find(yes.begin(), yes.end(), std::not_equal_to<>()) == yes.end();
    learned.push_back(
        {static_cast<CandidateId>(gate), alike ? ConstantClassifier(width, yes.front())
                                               : gates[std::min(gate, gates.size() - 1)]({points, width, yes, 2})});
    std::erase_if(left, [&](std::size_t r) { return labelled.labels[r] == static_cast<int>(gate); });
  }
  return {std::make_shared<ChainPolicy>(std::move(labelled.common), scaler, std::move(learned), labelled.on_none),
          labelled.among};
}

LearnedPolicy LearnMulticlass(const Outcomes& table, Rows rows, const LearnOptions& options,
                              const ClassifierLearner& learner) {
  Labelled labelled(table, rows, options);
  const std::vector<std::size_t> positions = FeaturePositions(table, options.features);
  const FeatureScaler scaler = FitScaler(table, rows, positions);
  const auto width = static_cast<int>(positions.size());
  const std::set<int> present(labelled.labels.begin(), labelled.labels.end());
  std::vector<CandidateId> choices;
  std::map<int, int> class_of;
  for (const int label : present) {
    class_of[label] = static_cast<int>(choices.size());
    choices.push_back(label < 0 ? labelled.on_none : static_cast<CandidateId>(label));
  }
  std::vector<int> classes;
  for (const int label : labelled.labels) classes.push_back(class_of.at(label));
  const bool alike = choices.size() == 1;
  if (alike) choices.push_back(choices.front());
  const std::vector<float> points = ScaledPoints(table, rows, positions, scaler);
  auto classifier =
      alike ? ConstantClassifier(width, 0) : learner({points, width, classes, static_cast<int>(choices.size())});
  return {
      std::make_shared<MulticlassPolicy>(std::move(labelled.common), scaler, std::move(classifier), std::move(choices)),
      labelled.among};
}

LearnedPolicy LearnPRight(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const std::vector<std::size_t> positions = FeaturePositions(table, options.features);
  const PriceOutcome chosen = ChoosePrice(table, rows, options);
  const std::size_t best = SingleBest(table, rows, options.top);
  std::vector<std::size_t> among;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (chosen.used[c] || c == best) among.push_back(c);
  }
  const FeatureScaler scaler = FitScaler(table, rows, positions);
  std::vector<float> targets;
  for (const std::size_t i : rows) {
    for (const std::size_t c : among) targets.push_back(table.Right(c, i, options.top) ? 1 : 0);
  }
  KnnIndex index(ScaledPoints(table, rows, positions, scaler), std::move(targets), static_cast<int>(rows.size()),
                 static_cast<int>(positions.size()), static_cast<int>(among.size()));
  PolicyCommon common = CommonFacts(table, rows, among, options);
  common.feature_names = options.features;
  return {std::make_shared<PRightPolicy>(std::move(common), scaler, std::move(index), options.p_right_k,
                                         std::vector<double>{chosen.price_per_ms}),
          among};
}

}  // namespace amsel
