#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "evaluate/evaluate.h"
#include "evaluate/rows.h"
#include "learn/cross_validate.h"
#include "learn/staged.h"
#include "learn/train.h"

namespace amsel {
namespace {

constexpr int kTopFive = 5;

EvaluatedImages DescribeImages(const ProfileTable& table, Rows rows) {
  EvaluatedImages images;
  images.classes = table.classes();
  for (const std::size_t i : rows) {
    images.labels.push_back(table.inputs[i].label);
    images.weights.push_back(table.inputs[i].weight);
    images.groups.push_back(table.groups[i]);
  }
  return images;
}

RowSamples SingleRow(const ProfileTable& table, Rows rows, std::size_t c) {
  RowSamples row{table.candidates[c].name, "single", "", {}, {}, {}, {}, {{table.candidates[c].name, 1.0}}, 0};
  for (const std::size_t i : rows) {
    row.right.push_back(table.Right(c, i) ? 1 : 0);
    row.right_top5.push_back(table.Right(c, i, kTopFive) ? 1 : 0);
    row.latency_ms.push_back(table.PreprocessMs(c, i) + table.InferenceMs(c, i));
    row.predicted.push_back(table.TopClassOf(c, i));
  }
  row.worst_path_ms = table.MeanCostMs(c);
  return row;
}

RowSamples PolicyRow(const ProfileTable& table, const PointValidation& point, const std::string& policy, bool only) {
  RowSamples row{
      only ? policy : policy + " " + point.name, PolicyRowKind(policy), only ? "" : point.name, {}, {}, {}, {}, {}, 0};
  const double each = 1.0 / static_cast<double>(point.runs.size());
  for (const SimulatedRun& run : point.runs) {
    row.right.push_back(run.rank == 0 ? 1 : 0);
    row.right_top5.push_back(run.rank < kTopFive ? 1 : 0);
    row.latency_ms.push_back(run.latency_ms);
    row.predicted.push_back(run.predicted);
    double path_ms = run.features_ms;
    for (const std::size_t c : run.path) {
      row.shares[table.candidates[c].name] += each;
      path_ms += table.MeanCostMs(c);
    }
    row.worst_path_ms = std::max(row.worst_path_ms, path_ms);
  }
  return row;
}

/// Mean time of a policy beyond that of the candidates that it ran.
double OverheadMs(const ProfileTable& table, Rows rows, const PointValidation& point) {
  double overhead = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    overhead += point.runs[r].latency_ms;
    for (const std::size_t c : point.runs[r].path) {
      overhead -= table.PreprocessMs(c, rows[r]) + table.InferenceMs(c, rows[r]);
    }
  }
  return overhead / static_cast<double>(rows.size());
}

/// How many stages each image took: the shortest forced path that ends alike.
std::vector<std::size_t> StagesTaken(const PointValidation& point) {
  std::vector<std::size_t> stages(point.runs.size(), 0);
  for (std::size_t r = 0; r < stages.size(); ++r) {
    while (stages[r] + 1 < point.forced.size() && point.forced[stages[r]][r].path != point.runs[r].path) ++stages[r];
  }
  return stages;
}

/// The null of stopping: the same gates, order and heads, stopping blindly with the policy's shares; expected values.
RowSamples RandomStopRow(const PointValidation& point, const RowSamples& policy) {
  RowSamples row{"random stop of " + policy.name,
                 "random-stop",
                 policy.operating_point,
                 {},
                 {},
                 {},
                 {},
                 policy.shares,
                 policy.worst_path_ms};
  std::vector<double> share(point.forced.size(), 0);
  for (const std::size_t stages : StagesTaken(point)) share[stages] += 1.0 / static_cast<double>(point.runs.size());
  for (std::size_t r = 0; r < point.runs.size(); ++r) {
    double right = 0;
    double right_top5 = 0;
    double latency = 0;
    for (std::size_t s = 0; s < share.size(); ++s) {
      const SimulatedRun& run = point.forced[s][r];
      right += share[s] * (run.rank == 0 ? 1 : 0);
      right_top5 += share[s] * (run.rank < kTopFive ? 1 : 0);
      latency += share[s] * run.latency_ms;
    }
    row.right.push_back(right);
    row.right_top5.push_back(right_top5);
    row.latency_ms.push_back(latency);
  }
  return row;
}

/// The bound of stopping: per image the earliest stage whose pooled answer is right; the first where none is, which
/// counts as wrong.
RowSamples PooledOracleRow(const ProfileTable& table, const PointValidation& point, const std::string& policy) {
  PointValidation knowing{point.name, point.forced.front(), {}};
  for (std::size_t r = 0; r < knowing.runs.size(); ++r) {
    for (const std::vector<SimulatedRun>& stage : point.forced) {
      if (stage[r].rank != 0) continue;
      knowing.runs[r] = stage[r];
      break;
    }
  }
  RowSamples row = PolicyRow(table, knowing, policy, false);
  row.name = "pooled oracle of " + row.name;
  row.kind = "pooled-oracle";
  return row;
}

/// Cross-validates policies and adds their rows, each with its nulls and bounds.
class PolicyRows {
 public:
  PolicyRows(const ProfileTable& table, Rows rows, const EvaluateOptions& options, const Clock& clock,
             Evaluation& evaluation)
      : table_(table),
        rows_(rows),
        options_(options),
        clock_(clock),
        evaluation_(evaluation),
        singles_(evaluation.rows) {
    fold_of_ = FoldsOf(table, rows, options.folds, options.learn.seed);
  }

  void Add(const std::string& policy, const Learner& learner) {
    const CrossValidation validation = CrossValidate(table_, rows_, fold_of_, learner, &clock_, [&](int, int) {
      if (options_.progress) options_.progress(++done_, 0);
    });
    const bool only = validation.points.size() == 1;
    for (const PointValidation& point : validation.points) {
      const RowSamples row = PolicyRow(table_, point, policy, only);
      evaluation_.rows.push_back(row);
      if (row.kind == "adapted-single") continue;
      if (point.forced.empty()) {
        evaluation_.rows.push_back(RandomMixRow(row, singles_, OverheadMs(table_, rows_, point)));
        continue;
      }
      evaluation_.rows.push_back(RandomStopRow(point, row));
      evaluation_.rows.push_back(PooledOracleRow(table_, point, policy));
    }
  }

 private:
  const ProfileTable& table_;
  Rows rows_;
  const EvaluateOptions& options_;
  const Clock& clock_;
  Evaluation& evaluation_;
  std::vector<RowSamples> singles_;
  std::vector<int> fold_of_;
  std::size_t done_ = 0;
};

/// The most accurate adapted single; empty where there is none.
std::string AdaptedSingleBest(const Evaluation& evaluation) {
  const RowSamples* best = nullptr;
  const auto accuracy = [&](const RowSamples& row) { return WeightedMean(row.right, evaluation.images.weights); };
  for (const RowSamples& row : evaluation.rows) {
    if (row.kind == "adapted-single" && (best == nullptr || accuracy(row) > accuracy(*best))) best = &row;
  }
  return best == nullptr ? "" : best->name;
}

/// The first policy's `balanced` point, or its only one; with the bound that applies to it.
void ChooseHeadline(const std::string& policy, Evaluation& evaluation) {
  for (const RowSamples& row : evaluation.rows) {
    if (row.name != policy && row.name != policy + " balanced") continue;
    evaluation.headline_policy = row.name;
    for (const RowSamples& bound : evaluation.rows) {
      if (bound.name == "pooled oracle of " + row.name) evaluation.bound = bound.name;
    }
    return;
  }
}

/// What the profile measured; estimates only where it measured nothing.
void AddEnergy(const ProfileTable& table, const EvaluateOptions& options, Evaluation& evaluation) {
  const bool measured = std::any_of(table.candidates.begin(), table.candidates.end(),
                                    [](const ProfiledCandidateInfo& candidate) { return candidate.energy_mj; });
  for (RowSamples& row : evaluation.rows) {
    if (measured) {
      row.energy = EnergyByShares(row, table.candidates);
    } else if (options.power_model) {
      row.energy = EstimatedEnergy(row, evaluation.images, *options.power_model);
    }
  }
}

}  // namespace

Result<Evaluation> EvaluateProfile(const ProfileTable& table, const EvaluateOptions& options, const Clock& clock) {
  std::vector<std::size_t> rows(table.input_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  AMSEL_RETURN_IF_ERROR(CheckLearnable(table, rows, options.folds, options.learn));
  Evaluation evaluation;
  evaluation.images = DescribeImages(table, rows);
  evaluation.folds = options.folds;
  evaluation.seed = options.learn.seed;
  evaluation.source = {{"profile", table.file}, {"data_sha256", table.DataHash()}};
  const StoredConfig& config = table.candidates.front().config;
  evaluation.conditions = {{"device", config.device},
                           {"backend", config.backend + " " + config.version},
                           {"threads", config.threads},
                           {"latency", "simulated from recorded times"},
                           {"decode_ms", table.MeanDecodeMs()}};
  for (std::size_t c = 0; c < table.candidate_count(); ++c) evaluation.rows.push_back(SingleRow(table, rows, c));
  evaluation.single_best = table.candidates[SingleBest(table, rows, 1)].name;
  evaluation.efficient_single = EfficientSingle(evaluation.rows, evaluation.single_best, evaluation.images);
  PolicyRows policies(table, rows, options, clock, evaluation);
  evaluation.rows.push_back(OracleRow({evaluation.rows}, evaluation.images));
  evaluation.bound = "oracle";
  for (const std::string& name : options.policies) {
    AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(name, options.learn));
    policies.Add(name, learner);
  }
  if (options.adapted) {
    for (std::size_t c = 0; c < table.candidate_count(); ++c) {
      policies.Add(kAdapted + table.candidates[c].name,
                   [&](const ProfileTable& t, Rows r) { return LearnAdaptedSingle(t, r, c, options.learn); });
    }
    evaluation.adapted_single_best = AdaptedSingleBest(evaluation);
  }
  if (!options.policies.empty()) ChooseHeadline(options.policies.front(), evaluation);
  AddEnergy(table, options, evaluation);
  return evaluation;
}

}  // namespace amsel
