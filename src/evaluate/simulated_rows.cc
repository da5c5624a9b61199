// Rows of a simulation: how each is made from recorded answers and times.
#include "evaluate/simulated_rows.h"

#include <algorithm>
#include <map>

#include "evaluate/rows.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

/// Deciding is the one part of a simulated time that is clocked, once an image, while the machine may do other things:
/// a hiccup of a millisecond would outweigh thousands of decisions. What counts is the median over a path's images.
void SettleDeciding(std::vector<SimulatedRun>& runs) {
  std::map<std::vector<std::size_t>, std::vector<double>> clocked;
  for (const SimulatedRun& run : runs) clocked[run.path].push_back(run.deciding_ms);
  std::map<std::vector<std::size_t>, double> settled;
  for (auto& [path, times] : clocked) settled[path] = Quantile(times, 0.5);
  for (SimulatedRun& run : runs) {
    const double deciding_ms = settled.at(run.path);
    run.latency_ms += deciding_ms - run.deciding_ms;
    run.deciding_ms = deciding_ms;
  }
}

RowSamples PolicyRow(const Outcomes& table, Rows rows, std::span<const double> each, const PointValidation& point,
                     const std::string& policy, bool only) {
  RowSamples row{.name = only ? policy : policy + " " + point.name,
                 .kind = PolicyRowKind(policy),
                 .operating_point = only ? "" : point.name};
  for (std::size_t r = 0; r < point.runs.size(); ++r) {
    const SimulatedRun& run = point.runs[r];
    const bool alone = run.path.size() == 1;
    row.right.push_back(run.Worth());
    row.right_top5.push_back(run.Worth(kTopFive));
    row.latency_ms.push_back(run.latency_ms);
    if (table.HasAfterRuns()) {
      const double cold_start_ms = run.begins_warm && alone ? table.ColdStartMs(run.path.front(), rows[r]) : 0;
      row.cold_ms.push_back(run.latency_ms + cold_start_ms);
    }
    row.predicted.push_back(run.predicted);
    for (const std::size_t c : run.path) row.shares[table.candidates[c].name] += each[r];
    const double path_ms = table.MeanPathMs(run.path, run.begins_warm);
    row.worst_path_ms = std::max(row.worst_path_ms, run.features_ms + run.deciding_ms + path_ms);
  }
  return row;
}

PointValidation Settled(PointValidation point) {
  SettleDeciding(point.runs);
  for (std::vector<SimulatedRun>& stage : point.forced) SettleDeciding(stage);
  return point;
}

/// Mean time of a policy beyond that of the candidates that it ran.
double OverheadMs(const Outcomes& table, Rows rows, std::span<const double> each, const PointValidation& point) {
  double overhead = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const SimulatedRun& run = point.runs[r];
    overhead += each[r] * (run.latency_ms - table.PathMs(run.path, rows[r], run.begins_warm));
  }
  return overhead;
}

/// How many stages each image took: the shortest forced path that ends alike.
std::vector<std::size_t> StagesTaken(const PointValidation& point) {
  std::vector<std::size_t> stages(point.runs.size(), 0);
  for (std::size_t r = 0; r < stages.size(); ++r) {
    while (stages[r] + 1 < point.forced.size() && point.forced[stages[r]][r].path != point.runs[r].path) ++stages[r];
  }
  return stages;
}

RowSamples RandomStopOf(std::span<const double> each, const PointValidation& point, const RowSamples& policy) {
  std::vector<RowSamples> forced(point.forced.size());
  for (std::size_t depth = 0; depth < forced.size(); ++depth) {
    for (const SimulatedRun& run : point.forced[depth]) {
      forced[depth].right.push_back(run.Worth());
      forced[depth].right_top5.push_back(run.Worth(kTopFive));
      forced[depth].latency_ms.push_back(run.latency_ms);
    }
  }
  return RandomStopRow(policy, forced, StagesTaken(point), each);
}

/// The bound of stopping: per image the earliest stage whose pooled answer is right; the first where none is, which
/// counts as wrong.
RowSamples PooledOracleRow(const Outcomes& table, Rows rows, std::span<const double> each, const PointValidation& point,
                           const std::string& policy) {
  PointValidation knowing{point.name, point.forced.front(), {}};
  for (std::size_t r = 0; r < knowing.runs.size(); ++r) {
    for (const std::vector<SimulatedRun>& stage : point.forced) {
      if (stage[r].Worth() > knowing.runs[r].Worth()) knowing.runs[r] = stage[r];
    }
  }
  RowSamples row = PolicyRow(table, rows, each, knowing, policy, false);
  row.name = "pooled oracle of " + row.name;
  row.kind = "pooled-oracle";
  return row;
}

}  // namespace

EvaluatedImages DescribeImages(const Outcomes& table, Rows rows) {
  EvaluatedImages images;
  images.classes = table.classes();
  images.weights = WeightsOf(table, rows);
  images.groups = GroupsOf(table, rows);
  for (const std::size_t i : rows) images.labels.push_back(table.images[i].label);
  return images;
}

RowSamples SingleRow(const Outcomes& table, Rows rows, std::size_t c, int top) {
  const OutcomeCandidate& candidate = table.candidates[c];
  RowSamples row{.name = candidate.name,
                 .kind = "single",
                 .shares = {{candidate.name, 1.0}},
                 .worst_path_ms = table.MeanCostMs(c),
                 .derived = candidate.derived};
  for (const std::size_t i : rows) {
    row.right.push_back(table.UtilityOf(c, i, top));
    row.right_top5.push_back(table.UtilityOf(c, i, kTopFive));
    row.latency_ms.push_back(table.PreprocessMs(c, i) + table.InferenceMs(c, i));
    if (table.HasAfterRuns()) row.cold_ms.push_back(row.latency_ms.back() + table.ColdStartMs(c, i));
    row.predicted.push_back(table.TopClassOf(c, i));
  }
  return row;
}

Json ConditionsOf(const ProfileTable& table) {
  const StoredConfig& config = table.profiled.front().config;
  Json conditions = {{"device", config.device},
                     {"backend", config.backend + " " + config.version},
                     {"threads", config.threads},
                     {"latency", kSimulatedLatency},
                     {"decode_ms", table.mean_decode_ms}};
  const std::optional<double> disturbed = table.disturbed_share();
  conditions["disturbed_runs"] = disturbed ? Json(*disturbed) : Json();
  if (const auto names = table.NamesByCpuTime(); !names.empty()) conditions["by_cpu_time"] = names;
  return conditions;
}

Evaluation SimulatedSingles(const Outcomes& table, Rows rows) {
  Evaluation evaluation;
  evaluation.images = DescribeImages(table, rows);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) evaluation.rows.push_back(SingleRow(table, rows, c));
  return evaluation;
}

void AddPointRows(const Outcomes& table, Rows rows, const std::string& policy, const PointValidation& point, bool only,
                  const std::vector<RowSamples>& singles, std::vector<RowSamples>& out) {
  const PointValidation settled = Settled(point);
  const std::vector<double> each = ImageShares(DescribeImages(table, rows).weights);
  const RowSamples row = PolicyRow(table, rows, each, settled, policy, only);
  out.push_back(row);
  if (row.kind == "adapted-single" || row.kind == kTextbook) return;
  if (settled.forced.empty()) {
    out.push_back(RandomMixRow(row, singles, OverheadMs(table, rows, each, settled)));
    return;
  }
  out.push_back(RandomStopOf(each, settled, row));
  if (!table.HasOutputs()) return;  // nothing is pooled: the bound is the oracle
  out.push_back(PooledOracleRow(table, rows, each, settled, policy));
}

void ChooseHeadline(const std::string& policy, Evaluation& evaluation) {
  for (const RowSamples& row : evaluation.rows) {
    if (row.kind == "single") continue;  // a candidate may be called as the policy is
    if (row.name != policy && row.name != policy + " balanced") continue;
    evaluation.headline_policy = row.name;
    for (const RowSamples& bound : evaluation.rows) {
      if (bound.name == "pooled oracle of " + row.name) evaluation.bound = bound.name;
    }
    return;
  }
}

void AddProfiledEnergy(const ProfileTable& table, const std::optional<PowerModel>& model, Evaluation& evaluation) {
  const bool measured = std::any_of(table.profiled.begin(), table.profiled.end(),
                                    [](const CandidateOrigin& candidate) { return candidate.energy_mj; });
  for (RowSamples& row : evaluation.rows) {
    if (measured) {
      row.energy = EnergyByShares(row, table);
    } else if (model) {
      row.energy = EstimatedEnergy(row, evaluation.images, *model);
    }
  }
}

}  // namespace amsel
