#include "learn/choose.h"

#include <utility>

#include "learn/cross_validate.h"
#include "learn/feature_selection.h"
#include "learn/premodels.h"
#include "learn/staged.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

/// Paired difference of means with its standard error.
struct Difference {
  double mean = 0;
  double standard_error = 0;
};

class Comparison {
 public:
  Comparison(const Outcomes& table, Rows rows, int top, std::vector<SimulatedRun> single_best)
      : top_(top),
        single_best_(std::move(single_best)),
        weights_(WeightsOf(table, rows)),
        groups_(GroupsOf(table, rows)) {}

  /// Whether `challenger` is worth more complexity than `holder`.
  bool Beats(const std::vector<SimulatedRun>& challenger, const std::vector<SimulatedRun>& holder) const {
    const Difference gain = Paired(challenger, holder, [&](const SimulatedRun& run) { return run.Worth(top_); });
    const auto saved = [&](const std::vector<SimulatedRun>& from) {
      return Paired(from, challenger, [](const SimulatedRun& run) { return run.latency_ms; });
    };
    const Difference in_all = saved(single_best_);
    if (in_all.mean < -in_all.standard_error) return false;  // slower than the single best
    if (gain.mean > gain.standard_error) return true;
    const Difference saving = saved(holder);
    return gain.mean >= 0 && saving.mean > saving.standard_error;
  }

 private:
  template <typename Value>
  Difference Paired(const std::vector<SimulatedRun>& a, const std::vector<SimulatedRun>& b, Value&& value) const {
    std::vector<double> differences;
    for (std::size_t r = 0; r < a.size(); ++r) differences.push_back(value(a[r]) - value(b[r]));
    return {WeightedMean(differences, weights_), ClusteredStandardError(differences, weights_, groups_)};
  }

  int top_;
  std::vector<SimulatedRun> single_best_;
  std::vector<double> weights_;
  std::vector<int> groups_;
};

}  // namespace

LearnedPolicy LearnByValidation(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const ClassifierLearner knn = MakeClassifierLearner("knn", options.classifiers).value();
  std::vector<Learner> simplest_first = {[&](const Outcomes& t, Rows r) { return LearnSingle(t, r, options); }};
  if (!table.feature_names.empty()) {
    simplest_first.push_back(WithSelectedFeatures(LearnPRight, options));
    simplest_first.push_back(WithSelectedFeatures(
        [knn](const Outcomes& t, Rows r, const LearnOptions& o) { return LearnChain(t, r, o, {knn}); }, options));
  }
  std::size_t best = 0;
  std::size_t done = 0;
  const auto tell = [&](int, int of) {
    if (options.progress) options.progress(++done, simplest_first.size() * static_cast<std::size_t>(of));
  };
  const LearningRows parts = ForLearning(table, rows);
  const std::vector<int> folds = FoldsOf(table, parts.choose, options.inner_folds, options.seed);
  const auto validate = [&](const Learner& learner) {
    return CrossValidate(table, parts.choose, folds, learner, parts.fit, nullptr, tell);
  };
  CrossValidation holder = validate(simplest_first[0]);
  const Comparison comparison(table, parts.choose, options.top, holder.points[0].runs);
  for (std::size_t learner = 1; learner < simplest_first.size(); ++learner) {
    CrossValidation challenger = validate(simplest_first[learner]);
    if (!comparison.Beats(challenger.points[0].runs, holder.points[0].runs)) continue;
    best = learner;
    holder = std::move(challenger);
  }
  const auto of_best = [&] {
    LearnedPolicy learned = simplest_first[best](table, rows);
    return learned.candidates.size() > 1 ? learned : simplest_first[0](table, rows);  // else nothing is left to decide
  };
  if (!table.HasConfidences()) return of_best();
  LearnedPolicy staged = LearnStaged(table, rows, options);
  const std::vector<std::string>& names = staged.policy->operating_points();
  for (std::size_t point = 0; point < names.size(); ++point) {
    if (IsNumbered(names[point])) continue;
    if (comparison.Beats(staged.cross_fitted[point], holder.points[0].runs)) return staged;
  }
  LearnedPolicy learned = of_best();
  learned.near_miss = staged.near_miss;
  return learned;
}

}  // namespace amsel
