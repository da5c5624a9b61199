#include "evaluate/results.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

#include "policy/policy.h"
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

Json RowToJson(const RowSamples& row, const Evaluation& evaluation, const Interval& top1) {
  const EvaluatedImages& images = evaluation.images;
  std::vector<double> latency = row.latency_ms;
  Json json = {{"name", row.name},
               {"kind", row.kind},
               {"top1", WeightedMean(row.right, images.weights)},
               {"top1_ci95", IntervalToJson(top1)},
               {"latency_ms",
                {{"mean", WeightedMean(row.latency_ms, images.weights)},
                 {"p50", Quantile(latency, 0.5)},
                 {"p99", Quantile(latency, 0.99)},
                 {"worst_path", row.worst_path_ms}}},
               {"energy_mj", EnergyToJson(row.energy)},
               {"shares", row.shares}};
  if (!row.cold_ms.empty()) json["latency_ms"]["cold"] = WeightedMean(row.cold_ms, images.weights);
  if (row.derived) json["derived"] = true;
  if (!row.operating_point.empty()) json["operating_point"] = row.operating_point;
  if (images.classes <= kOwnAnswers) {
    for (const char* of_classes : {"top5", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1"}) {
      json[of_classes] = nullptr;
    }
    return json;
  }
  json["top5"] = WeightedMean(row.right_top5, images.weights);
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

double Ratio(std::span<const double> means) {
  return means[1] > 0 ? means[0] / means[1] : 0;
}

/// Time of the other by time of the policy.
Json SpeedUpToJson(const std::vector<double>& other_ms, const std::vector<double>& policy_ms, const Interval& interval,
                   const std::vector<double>& weights) {
  const double means[] = {WeightedMean(other_ms, weights), WeightedMean(policy_ms, weights)};
  return {{"speedup", Ratio(means)}, {"speedup_ci95", IntervalToJson(interval)}};
}

/// A row beside another one.
struct Comparison {
  const RowSamples* row = nullptr;
  const RowSamples* other = nullptr;
  std::vector<double> gain;  ///< by image
  Interval gains;
  Interval speeds;
  Interval cold_speeds;

  bool has_cold() const { return !row->cold_ms.empty() && !other->cold_ms.empty(); }
};

/// By the names of the two rows.
using Comparisons = std::map<std::pair<std::string, std::string>, Comparison>;

/// The headline policy beside the single best, the adapted one, the efficient one and the best derived candidate alone,
/// as far as they are there; and that candidate beside the single best. None without policy and single best.
Comparisons HeadlineComparisons(const Evaluation& evaluation) {
  Comparisons comparisons;
  const std::string& policy = evaluation.headline_policy;
  const std::string& best = evaluation.single_best;
  if (FindRow(evaluation, policy) == nullptr || FindRow(evaluation, best) == nullptr) return comparisons;
  for (const auto& [name, against] : {std::pair(policy, best),
                                      {policy, evaluation.adapted_single_best},
                                      {policy, evaluation.efficient_single},
                                      {policy, evaluation.derived_single},
                                      {evaluation.derived_single, best}}) {
    const RowSamples* row = FindRow(evaluation, name);
    const RowSamples* other = FindRow(evaluation, against);
    if (row == nullptr || other == nullptr) continue;
    Comparison comparison{row, other, row->right, {}, {}, {}};
    for (std::size_t i = 0; i < other->right.size(); ++i) comparison.gain[i] -= other->right[i];
    comparisons.emplace(std::pair(name, against), std::move(comparison));
  }
  return comparisons;
}

/// Fills in the intervals of the comparisons; gives those of each row's accuracy.
std::vector<Interval> Resample(const Evaluation& evaluation, Comparisons& comparisons,
                               const ResultsProgress& progress) {
  const EvaluatedImages& images = evaluation.images;
  const auto first = [](std::span<const double> means) { return means[0]; };
  BootstrapOptions bootstrap;
  bootstrap.seed = evaluation.seed;
  std::vector<BootstrapFigure> figures;
  std::vector<BootstrapFigure> by_time;
  for (const RowSamples& row : evaluation.rows) figures.push_back(ShareFigure(row.right));
  for (const auto& [names, comparison] : comparisons) figures.push_back({{comparison.gain}, first});
  const auto add_speed = [&](const std::vector<double>& other_ms, const std::vector<double>& row_ms) {
    (images.time_blocks.empty() ? figures : by_time).push_back({{other_ms, row_ms}, Ratio});
  };
  for (const auto& [names, comparison] : comparisons) {
    add_speed(comparison.other->latency_ms, comparison.row->latency_ms);
    if (comparison.has_cold()) add_speed(comparison.other->cold_ms, comparison.row->cold_ms);
  }
  std::vector<Interval> found = BootstrapIntervals(figures, images.weights, images.groups, bootstrap, progress);
  if (!by_time.empty()) {  // of some blocks, where the others are of as many images
    const std::vector<Interval> speeds = BootstrapIntervals(by_time, images.weights, images.time_blocks, bootstrap);
    found.insert(found.end(), speeds.begin(), speeds.end());
  }
  std::size_t at = evaluation.rows.size();
  for (auto& [names, comparison] : comparisons) comparison.gains = found[at++];
  for (auto& [names, comparison] : comparisons) {
    comparison.speeds = found[at++];
    if (comparison.has_cold()) comparison.cold_speeds = found[at++];
  }
  found.resize(evaluation.rows.size());
  return found;
}

/// Gain and speed-up of the row over the other one, with intervals.
Json GainsToJson(const Comparison& comparison, const Evaluation& evaluation) {
  const std::vector<double>& weights = evaluation.images.weights;
  Json json{{"accuracy_gain_pp", 100 * WeightedMean(comparison.gain, weights)},
            {"accuracy_gain_ci95_pp", IntervalToJson(comparison.gains, 100)}};
  json.update(SpeedUpToJson(comparison.other->latency_ms, comparison.row->latency_ms, comparison.speeds, weights));
  return json;
}

Json HeadlineToJson(const Evaluation& evaluation, const Comparisons& comparisons) {
  if (comparisons.empty()) return nullptr;
  const auto compared = [&](const std::string& name) {
    const auto it = comparisons.find({evaluation.headline_policy, name});
    if (it == comparisons.end()) return Json();
    Json json = GainsToJson(it->second, evaluation);
    json["row"] = name;
    return json;
  };
  const Comparison& with_best = comparisons.at({evaluation.headline_policy, evaluation.single_best});
  Json headline = GainsToJson(with_best, evaluation);
  const RowSamples* policy = with_best.row;
  const RowSamples* best = with_best.other;
  const std::vector<double>& weights = evaluation.images.weights;
  headline["policy"] = policy->name;
  headline["cold"] =
      with_best.has_cold() ? SpeedUpToJson(best->cold_ms, policy->cold_ms, with_best.cold_speeds, weights) : Json();
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
  headline["vs_adapted"] = compared(evaluation.adapted_single_best);
  headline["vs_efficient"] = compared(evaluation.efficient_single);
  headline["vs_derived"] = compared(evaluation.derived_single);
  const auto alone = comparisons.find({evaluation.derived_single, evaluation.single_best});
  if (alone != comparisons.end()) headline["vs_derived"]["alone"] = GainsToJson(alone->second, evaluation);
  return headline;
}

}  // namespace

Json IntervalToJson(const Interval& interval, double scale) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return {};
  return {scale * interval.low, scale * interval.high};
}

Json EvaluationToJson(const Evaluation& evaluation, const ResultsProgress& progress) {
  Comparisons comparisons = HeadlineComparisons(evaluation);
  const std::vector<Interval> accuracies = Resample(evaluation, comparisons, progress);
  Json rows = Json::array();
  for (std::size_t r = 0; r < accuracies.size(); ++r) {
    rows.push_back(RowToJson(evaluation.rows[r], evaluation, accuracies[r]));
  }
  Json json = {{"schema", "amsel.evaluation/1"},
               {"source", evaluation.source},
               {"images", evaluation.images.labels.size()},
               {"single_best", evaluation.single_best},
               {"efficient_single", evaluation.efficient_single},
               {"rows", rows},
               {"headline", HeadlineToJson(evaluation, comparisons)},
               {"conditions", evaluation.conditions}};
  if (evaluation.folds) json["folds"] = *evaluation.folds;
  return json;
}

}  // namespace amsel
