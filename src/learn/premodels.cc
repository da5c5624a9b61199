#include "learn/premodels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "base/nan_last.h"
#include "learn/cross_validate.h"
#include "learn/p_right.h"
#include "learn/policy_common.h"
#include "learn/portfolio.h"
#include "policy/premodel.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

/// The most accurate price, then the cheapest within one standard error (paired) of it.
PricedChoice ChoosePrice(const Outcomes& table, Rows learned_from, const LearnOptions& options) {
  const std::vector<std::size_t> rows = ForLearning(table, learned_from).choose;
  const std::vector<float> p_right = CrossFittedPRight(
      table, rows, FoldsOf(table, rows, options.inner_folds, options.seed), [&](Rows fit, Rows asked) {
        return PRightByNeighbours(table, options.features, options.p_right_k, options.top, fit, asked);
      });
  PriceTrials trials{AllCandidates(table), {}, 1, options.top};
  for (const std::size_t c : trials.among) trials.paid_ms.push_back(table.MeanCostMs(c));
  const std::vector<PricedChoice> choices = TryPrices(table, rows, p_right, trials);
  const PricedChoice& best = *std::max_element(choices.begin(), choices.end(), [](const auto& a, const auto& b) {
    return HighFirst(a.accuracy) < HighFirst(b.accuracy);
  });
  const std::vector<double> weights = WeightsOf(table, rows);
  const std::vector<int> groups = GroupsOf(table, rows);
  const PricedChoice* chosen = &best;
  for (const PricedChoice& choice : choices) {
    std::vector<double> loss;
    for (std::size_t r = 0; r < rows.size(); ++r) loss.push_back(best.right[r] - choice.right[r]);
    if (WithinOneError(loss, weights, groups) && choice.cost_ms < chosen->cost_ms) chosen = &choice;
  }
  return *chosen;
}

/// The paper's labels over its portfolio, and the facts of a policy that chooses from it.
struct Labelled {
  Labelled(const Outcomes& table, Rows rows, const LearnOptions& options) {
    for (const PortfolioStep& step : SelectPortfolio(table, ForLearning(table, rows).choose, options))
      among.push_back(step.candidate);
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
  const ScaledFeatures features(table, rows, options.features);
  const auto width = static_cast<int>(options.features.size());
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
    const std::vector<float> points = features.Of(fit);
    const bool alike = std::adjacent_find(yes.begin(), yes.end(), std::not_equal_to<>()) == yes.end();
    learned.push_back(
        {static_cast<CandidateId>(gate), alike ? ConstantClassifier(width, yes.front())
                                               : gates[std::min(gate, gates.size() - 1)]({points, width, yes, 2})});
    std::erase_if(left, [&](std::size_t r) { return labelled.labels[r] == static_cast<int>(gate); });
  }
  return {
      std::make_shared<ChainPolicy>(std::move(labelled.common), features.scaler, std::move(learned), labelled.on_none),
      labelled.among};
}

LearnedPolicy LearnMulticlass(const Outcomes& table, Rows rows, const LearnOptions& options,
                              const ClassifierLearner& learner) {
  Labelled labelled(table, rows, options);
  const ScaledFeatures features(table, rows, options.features);
  const auto width = static_cast<int>(options.features.size());
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
  const std::vector<float> points = features.Of(rows);
  auto classifier =
      alike ? ConstantClassifier(width, 0) : learner({points, width, classes, static_cast<int>(choices.size())});
  return {std::make_shared<MulticlassPolicy>(std::move(labelled.common), features.scaler, std::move(classifier),
                                             std::move(choices)),
          labelled.among};
}

LearnedPolicy LearnPRight(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const PricedChoice chosen = ChoosePrice(table, rows, options);
  std::set<std::size_t> used(chosen.chosen.begin(), chosen.chosen.end());
  used.insert(SingleBest(table, rows, options.top));
  const std::vector<std::size_t> among(used.begin(), used.end());
  const ScaledFeatures features(table, rows, options.features);
  PolicyCommon common = CommonFacts(table, rows, among, options);
  common.feature_names = options.features;
  return {std::make_shared<PRightPolicy>(std::move(common), features.scaler,
                                         NeighboursOf(features, rows, among, options.top), options.p_right_k,
                                         std::vector<double>{chosen.price_per_ms}),
          among};
}

}  // namespace amsel
