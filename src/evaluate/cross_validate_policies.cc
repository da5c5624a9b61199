#include "evaluate/cross_validate_policies.h"

#include <algorithm>
#include <optional>

#include "base/status_macros.h"
#include "evaluate/derived_rows.h"
#include "evaluate/rows.h"
#include "evaluate/simulated_rows.h"
#include "learn/learners.h"
#include "learn/staged.h"
#include "learn/textbook.h"

namespace amsel {
namespace {

/// Cross-validates policies and adds their rows, each with its nulls and bounds.
class PolicyRows {
 public:
  PolicyRows(const Outcomes& table, Rows rows, const CrossValidateOptions& options, const Clock* clock,
             Evaluation& evaluation)
      : table_(table),
        rows_(rows),
        options_(options),
        clock_(clock),
        evaluation_(evaluation),
        fit_rows_(FitRows(table)),
        singles_(evaluation.rows) {
    fold_of_ = FoldsOf(table, rows, options.folds, options.learn.seed);
    derived_ = ChosenDerived(table, rows, fold_of_, options.learn.top);
    if (derived_) AddDerivedSingle(table.candidates[*derived_].name, evaluation);
  }

  const std::vector<RowSamples>& singles() const { return singles_; }

  /// Every single with a head of its own, and the best of those that are derived.
  void AddAdapted() {
    std::optional<RowSamples> derived;
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) {
      Add(kAdapted + table_.candidates[c].name,
          [&](const Outcomes& t, Rows r) { return LearnAdaptedSingle(t, r, c, options_.learn); });
      evaluation_.rows.back().derived = table_.candidates[c].derived;
      if (derived_ == c) derived = DerivedRow(kAdaptedDerivedSingle, evaluation_.rows.back());
    }
    if (derived) evaluation_.rows.push_back(std::move(*derived));
  }

  void Add(const std::string& policy, const Learner& learner) {
    const CrossValidation validation =
        CrossValidate(table_, rows_, fold_of_, learner, fit_rows_, clock_, [&](int, int) {
          if (options_.progress) options_.progress(++done_, 0);
        });
    if (options_.observe) options_.observe(policy, validation);
    AddPoints(policy, validation.points);
    const bool leads = !options_.policies.empty() && policy == options_.policies.front();
    if (leads && table_.HasOutputs())
      AddPoints(kTextbook, PlayTextbook(table_, rows_, validation, fit_rows_, options_.learn.top));
  }

 private:
  void AddPoints(const std::string& policy, const std::vector<PointValidation>& points) {
    for (const PointValidation& point : points) {
      AddPointRows(table_, rows_, policy, point, points.size() == 1, singles_, evaluation_.rows);
    }
  }

  const Outcomes& table_;
  Rows rows_;
  const CrossValidateOptions& options_;
  const Clock* clock_;
  Evaluation& evaluation_;
  std::vector<std::size_t> fit_rows_;
  std::vector<RowSamples> singles_;
  std::vector<int> fold_of_;
  std::optional<std::size_t> derived_;  ///< who stands for the derived candidates
  std::size_t done_ = 0;
};

/// The most accurate adapted single, none that is derived unless all are; empty where there is none.
std::string AdaptedSingleBest(const Evaluation& evaluation) {
  const RowSamples* best = nullptr;
  const bool any = std::none_of(evaluation.rows.begin(), evaluation.rows.end(),
                                [](const RowSamples& row) { return row.kind == "adapted-single" && !row.derived; });
  const auto accuracy = [&](const RowSamples& row) { return WeightedMean(row.right, evaluation.images.weights); };
  for (const RowSamples& row : evaluation.rows) {
    if (row.kind != "adapted-single" || (row.derived && !any)) continue;
    if (best == nullptr || accuracy(row) > accuracy(*best)) best = &row;
  }
  return best == nullptr ? "" : best->name;
}

/// Whether there is enough to learn from, also where one fold is left out.
Status CheckFolds(const Outcomes& table, const CrossValidateOptions& options) {
  const std::vector<std::size_t> rows = JudgedRows(table);
  if (rows.empty() && table.image_count() > 0) {
    return BadInput(table.source + ": every image is of split fit, which is never tested: expected others, too");
  }
  AMSEL_RETURN_IF_ERROR(CheckLearnable(table, rows, options.folds, options.learn));
  const std::vector<int> fold_of = FoldsOf(table, rows, options.folds, options.learn.seed);
  for (int fold = 0; fold < options.folds; ++fold) {
    const std::vector<std::size_t> rest = ForLearning(table, RowsOutside(rows, fold_of, fold, FitRows(table))).choose;
    const Status enough = CheckLearnable(table, rest, options.learn.inner_folds, options.learn);
    if (!enough.ok()) {
      return Error{enough.error().kind, enough.error().message + " (with one of " + std::to_string(options.folds) +
                                            " outer folds left out)"};
    }
  }
  return {};
}

}  // namespace

Status CheckEvaluable(const Outcomes& table, const CrossValidateOptions& options) {
  AMSEL_RETURN_IF_ERROR(CheckFolds(table, options));
  for (const std::string& name : options.policies) AMSEL_RETURN_IF_ERROR(CheckPolicyFor(table, name, options.learn));
  return {};
}

namespace {

/// All but where the table comes from and what else that knows; `clock` may be null.
Result<Evaluation> CrossValidated(const Outcomes& table, const CrossValidateOptions& options, const Clock* clock) {
  AMSEL_RETURN_IF_ERROR(CheckEvaluable(table, options));
  const std::vector<std::size_t> rows = JudgedRows(table);
  Evaluation evaluation = SimulatedSingles(table, rows);
  evaluation.folds = options.folds;
  evaluation.seed = options.learn.seed;
  evaluation.single_best = table.candidates[SingleBest(table, rows, 1)].name;
  evaluation.efficient_single = EfficientSingle(evaluation.rows, evaluation.single_best, evaluation.images);
  PolicyRows policies(table, rows, options, clock, evaluation);
  evaluation.rows.push_back(OracleRow(policies.singles(), evaluation.images));
  evaluation.bound = "oracle";
  for (const std::string& name : options.policies) {
    AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(name, options.learn));
    policies.Add(name, learner);
  }
  if (options.adapted && table.HasOutputs()) {
    policies.AddAdapted();
    evaluation.adapted_single_best = AdaptedSingleBest(evaluation);
  }
  if (!options.policies.empty()) ChooseHeadline(options.policies.front(), evaluation);
  return evaluation;
}

}  // namespace

Result<Evaluation> CrossValidatePolicies(const ProfileTable& table, const CrossValidateOptions& options,
                                         const Clock& clock) {
  AMSEL_ASSIGN_OR_RETURN(Evaluation evaluation, CrossValidated(table, options, &clock));
  evaluation.source = {{"profile", table.source}, {"data_sha256", table.data_sha256}};
  evaluation.conditions = ConditionsOf(table);
  AddProfiledEnergy(table, options.power_model, evaluation);
  return evaluation;
}

Result<Evaluation> CrossValidatePolicies(const Outcomes& table, const CrossValidateOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(Evaluation evaluation, CrossValidated(table, options, nullptr));
  evaluation.source = {{"csv", table.source}, {"data_sha256", table.data_sha256}};
  evaluation.conditions = {{"latency", kSimulatedLatency}};
  return evaluation;
}

}  // namespace amsel
