#include "evaluate/results.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "stats/metrics.h"

namespace amsel {
namespace {

const RowSamples* FindRow(const Evaluation& evaluation, const std::string& name) {
  for (const RowSamples& row : evaluation.rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

/// Macro recall from expected rights, for rows without single answers.
double ExpectedBalancedAccuracy(const RowSamples& row, const EvaluatedImages& images) {
  std::map<int, std::pair<double, double>> by_class;  // Σ weight · right, Σ weight
  for (std::size_t i = 0; i < row.right.size(); ++i) {
    by_class[images.labels[i]].first += images.weights[i] * row.right[i];
    by_class[images.labels[i]].second += images.weights[i];
  }
  double sum = 0;
  int present = 0;
  for (const auto& [label, sums] : by_class) {
    if (sums.second <= 0) continue;
    sum += sums.first / sums.second;
    ++present;
  }
  return present > 0 ? sum / present : 0;
}

Json EnergyToJson(const std::optional<RowEnergy>& energy) {
  if (!energy) return nullptr;
  Json json = {{"mean", energy->mean_mj},
               {"above_idle", energy->above_idle_mj ? Json(*energy->above_idle_mj) : Json()},
               {"source", energy->source}};
  if (energy->half_width_mj) {
    json["ci95"] = {energy->mean_mj - *energy->half_width_mj, energy->mean_mj + *energy->half_width_mj};
  }
  return json;
}

Json RowToJson(const RowSamples& row, const Evaluation& evaluation) {
  const EvaluatedImages& images = evaluation.images;
  BootstrapOptions bootstrap;
  bootstrap.seed = evaluation.seed;
  std::vector<double> latency = row.latency_ms;
  Json json = {{"name", row.name},
               {"kind", row.kind},
               {"top1", WeightedMean(row.right, images.weights)},
               {"top1_ci95", IntervalToJson(ShareInterval(row.right, images.weights, images.groups, bootstrap))},
               {"top5", WeightedMean(row.right_top5, images.weights)},
               {"latency_ms",
                {{"mean", WeightedMean(row.latency_ms, images.weights)},
                 {"p50", Quantile(latency, 0.5)},
                 {"p99", Quantile(latency, 0.99)},
                 {"worst_path", row.worst_path_ms}}},
               {"energy_mj", EnergyToJson(row.energy)},
               {"shares", row.shares}};
  if (!row.operating_point.empty()) json["operating_point"] = row.operating_point;
  if (row.predicted.empty()) {
    json["balanced_accuracy"] = ExpectedBalancedAccuracy(row, images);
    json["macro_recall"] = json["balanced_accuracy"];
    json["macro_precision"] = json["macro_f1"] = nullptr;
    return json;
  }
  const MacroMetrics macro = ComputeMacroMetrics(images.labels, row.predicted, images.weights, images.classes);
  json["balanced_accuracy"] = macro.balanced_accuracy;
  json["macro_precision"] = macro.precision;
  json["macro_recall"] = macro.recall;
  json["macro_f1"] = macro.f1;
  return json;
}

/// Gain and speed-up of `policy` over `other`, with intervals.
Json Compare(const RowSamples& policy, const RowSamples& other, const Evaluation& evaluation) {
  const EvaluatedImages& images = evaluation.images;
  BootstrapOptions bootstrap;
  bootstrap.seed = evaluation.seed;
  std::vector<double> gain(policy.right.size());
  for (std::size_t i = 0; i < gain.size(); ++i) gain[i] = policy.right[i] - other.right[i];
  const auto first = [](std::span<const double> means) { return means[0]; };
  const auto ratio = [](std::span<const double> means) { return means[1] > 0 ? means[0] / means[1] : 0; };
  const Interval gains = BootstrapInterval({gain}, images.weights, images.groups, first, bootstrap);
  const Interval speeds =
      BootstrapInterval({other.latency_ms, policy.latency_ms}, images.weights,
                        images.time_blocks.empty() ? images.groups : images.time_blocks, ratio, bootstrap);
  const double policy_ms = WeightedMean(policy.latency_ms, images.weights);
  return {{"row", other.name},
          {"accuracy_gain_pp", 100 * WeightedMean(gain, images.weights)},
          {"accuracy_gain_ci95_pp", IntervalToJson(gains, 100)},
          {"speedup", policy_ms > 0 ? WeightedMean(other.latency_ms, images.weights) / policy_ms : 0},
          {"speedup_ci95", IntervalToJson(speeds)}};
}

Json HeadlineToJson(const Evaluation& evaluation) {
  const RowSamples* policy = FindRow(evaluation, evaluation.headline_policy);
  const RowSamples* best = FindRow(evaluation, evaluation.single_best);
  if (policy == nullptr || best == nullptr) return nullptr;
  Json headline = Compare(*policy, *best, evaluation);
  headline.erase("row");
  headline["policy"] = policy->name;
  const std::vector<double>& weights = evaluation.images.weights;
  const double best_ms = WeightedMean(best->latency_ms, weights);
  double cheapest_ms = best_ms;
  for (const RowSamples& row : evaluation.rows) {
    if (row.kind == "single") cheapest_ms = std::min(cheapest_ms, WeightedMean(row.latency_ms, weights));
  }
  headline["ceiling"] = cheapest_ms > 0 ? best_ms / cheapest_ms : 0;
  headline["headroom_recovered"] = nullptr;
  if (const RowSamples* bound = FindRow(evaluation, evaluation.bound)) {
    const double base = WeightedMean(best->right, weights);
    const double room = WeightedMean(bound->right, weights) - base;
    headline["bound"] = bound->name;
    if (room > 0) headline["headroom_recovered"] = (WeightedMean(policy->right, weights) - base) / room;
  }
  const RowSamples* adapted = FindRow(evaluation, evaluation.adapted_single_best);
  headline["vs_adapted"] = adapted == nullptr ? Json() : Compare(*policy, *adapted, evaluation);
  const RowSamples* efficient = FindRow(evaluation, evaluation.efficient_single);
  headline["vs_efficient"] = efficient == nullptr ? Json() : Compare(*policy, *efficient, evaluation);
  return headline;
}

}  // namespace

Json IntervalToJson(const Interval& interval, double scale) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return {};
  return {scale * interval.low, scale * interval.high};
}

Json EvaluationToJson(const Evaluation& evaluation) {
  Json rows = Json::array();
  for (const RowSamples& row : evaluation.rows) rows.push_back(RowToJson(row, evaluation));
  Json json = {{"schema", "amsel.evaluation/1"},
               {"source", evaluation.source},
               {"images", evaluation.images.labels.size()},
               {"single_best", evaluation.single_best},
               {"efficient_single", evaluation.efficient_single},
               {"rows", rows},
               {"headline", HeadlineToJson(evaluation)},
               {"conditions", evaluation.conditions}};
  if (evaluation.folds) json["folds"] = *evaluation.folds;
  return json;
}

}  // namespace amsel
