#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "evaluate/evaluate.h"
#include "evaluate/rows.h"
#include "learn/cross_validate.h"
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

RowSamples PolicyRow(const ProfileTable& table, const CrossValidation& validation, const std::string& name) {
  RowSamples row{name, PolicyRowKind(name), "", {}, {}, {}, {}, {}, 0};
  const double each = 1.0 / static_cast<double>(validation.runs.size());
  for (const SimulatedRun& run : validation.runs) {
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
double OverheadMs(const ProfileTable& table, Rows rows, const CrossValidation& validation) {
  double overhead = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    overhead += validation.runs[r].latency_ms;
    for (const std::size_t c : validation.runs[r].path) {
      overhead -= table.PreprocessMs(c, rows[r]) + table.InferenceMs(c, rows[r]);
    }
  }
  return overhead / static_cast<double>(rows.size());
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
  const std::vector<RowSamples> singles = evaluation.rows;
  evaluation.single_best = table.candidates[SingleBest(table, rows, 1)].name;
  evaluation.efficient_single = EfficientSingle(singles, evaluation.single_best, evaluation.images);
  evaluation.rows.push_back(OracleRow(singles, evaluation.images));
  evaluation.bound = "oracle";

  const std::vector<int> fold_of = FoldsOf(table, rows, options.folds, options.learn.seed);
  const std::size_t total = options.policies.size() * static_cast<std::size_t>(options.folds);
  for (std::size_t p = 0; p < options.policies.size(); ++p) {
    const std::string& name = options.policies[p];
    AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(name, options.learn));
    const CrossValidation validation = CrossValidate(table, rows, fold_of, learner, &clock, [&](int done, int folds) {
      if (options.progress)
        options.progress(p * static_cast<std::size_t>(folds) + static_cast<std::size_t>(done), total);
    });
    evaluation.rows.push_back(PolicyRow(table, validation, name));
    evaluation.rows.push_back(RandomMixRow(evaluation.rows.back(), singles, OverheadMs(table, rows, validation)));
  }
  if (!options.policies.empty()) evaluation.headline_policy = options.policies.front();
  return evaluation;
}

}  // namespace amsel
