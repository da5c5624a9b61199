#include <algorithm>

#include "evaluate/rows.h"
#include "stats/metrics.h"
#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

/// How well the candidate that gave the answer was chosen, on images where some candidate is right.
struct ChoiceMetrics {
  double agreement = 0;  ///< share of images with the cheapest right candidate
  MacroMetrics macro;
};

ChoiceMetrics MeasureChoice(const StudyRecord& record, const std::vector<SimulatedRun>& runs) {
  std::vector<int> truth;
  std::vector<int> chosen;
  std::vector<double> weights;
  std::vector<double> agree;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (record.cheapest_right[r] < 0) continue;
    truth.push_back(record.cheapest_right[r]);
    chosen.push_back(runs[r].path.empty() ? -1 : static_cast<int>(runs[r].path.back()));
    weights.push_back(record.weights()[r]);
    agree.push_back(truth.back() == chosen.back() ? 1 : 0);
  }
  return {WeightedMean(agree, weights),
          ComputeMacroMetrics(truth, chosen, weights, static_cast<int>(record.table->candidate_count()))};
}

Json ChoiceTable(const StudyRecord& record) {
  Json rows = Json::array();
  for (const PolicyRecord& one : record.policies) {
    const ChoiceMetrics choice = MeasureChoice(record, one.runs);
    const RowSamples& row = record.Row(one.row);
    const EvaluatedImages& images = record.evaluation.images;
    const MacroMetrics answer = ComputeMacroMetrics(images.labels, row.predicted, images.weights, images.classes);
    Json energy = row.energy ? Json(row.energy->mean_mj) : Json();
    rows.push_back(Json::array({one.row, choice.agreement, choice.macro.precision, choice.macro.recall, choice.macro.f1,
                                WeightedMean(row.right, images.weights), WeightedMean(row.right_top5, images.weights),
                                answer.precision, answer.recall, answer.f1,
                                WeightedMean(row.latency_ms, images.weights), std::move(energy)}));
  }
  return {{"columns",
           {Column("policy", "text"), Column("cheapest right chosen", "percent"), Column("choice precision", "percent"),
            Column("choice recall", "percent"), Column("choice F1", "percent"), Column("top-1", "percent"),
            Column("top-5", "percent"), Column("answer precision", "percent"), Column("answer recall", "percent"),
            Column("answer F1", "percent"), Column("mean ms", "ms"), Column("energy, mJ", "number")}},
          {"rows", rows}};
}

/// Top-1 points that `row` has more than `other`, paired, with its interval.
std::pair<double, Json> Gain(const StudyRecord& record, const RowSamples& row, const RowSamples& other) {
  std::vector<double> gain(row.right.size());
  for (std::size_t i = 0; i < gain.size(); ++i) gain[i] = 100 * (row.right[i] - other.right[i]);
  BootstrapOptions bootstrap;
  bootstrap.seed = record.evaluation.seed;
  const auto first = [](std::span<const double> means) { return means[0]; };
  return {WeightedMean(gain, record.weights()),
          IntervalToJson(BootstrapInterval({gain}, record.weights(), record.groups(), first, bootstrap))};
}

Json GainsData(const StudyRecord& record) {
  const RowSamples& best = record.Row(record.evaluation.single_best);
  Json categories = Json::array();
  Json over_best = {{"name", "over the single best"}, {"values", Json::array()}, {"ci95", Json::array()}};
  Json over_null = {{"name", "over its null"}, {"values", Json::array()}, {"ci95", Json::array()}};
  for (const PolicyRecord& one : record.policies) {
    const RowSamples& row = record.Row(one.row);
    categories.push_back(one.row);
    const std::string null = (one.staged ? "random stop of " : "random mix of ") + one.row;
    for (const auto& [series, other] : {std::pair{&over_best, &best}, std::pair{&over_null, &record.Row(null)}}) {
      const auto [gain, interval] = Gain(record, row, *other);
      (*series)["values"].push_back(gain);
      (*series)["ci95"].push_back(interval);
    }
  }
  for (const RowSamples& row : record.evaluation.rows) {  // these have no null: they are one
    if (row.kind != kTextbook) continue;
    categories.push_back(row.name);
    const auto [gain, interval] = Gain(record, row, best);
    over_best["values"].push_back(gain);
    over_best["ci95"].push_back(interval);
    for (const char* key : {"values", "ci95"}) over_null[key].push_back(nullptr);
  }
  return {{"value", Axis("top-1, percentage points", "points")},
          {"categories", categories},
          {"series", Json::array({over_best, over_null})}};
}

}  // namespace

Json PoliciesSection(const StudyRecord& record) {
  const char* gains =
      "Right of zero is gained, left of it lost, paired image by image, with 95 % intervals. The null of a policy "
      "decides blindly with the same shares: a random mix of candidates for one that decides once, a random stop for "
      "a staged one. A policy that gains over the single best but not over its null owes that to its candidates alone. "
      "The textbook's "
      "cascade (two candidates, one margin, log-probabilities pooled) stands below, beside each point of the "
      "headline's "
      "policy in the same planned time.";
  const char* choices =
      "The choice is the candidate that ran last; it is judged against the cheapest candidate that is right (of "
      "equally cheap ones the more accurate), over the images on which some candidate is right: none counts as a "
      "success where all are wrong. Precision, recall and F1 are means over candidates that are the right choice "
      "somewhere, and, for the final answer, over classes. Times are simulated from recorded ones, deciding is "
      "clocked; energy is empty where nothing measured it.";
  Json figures = Json::array();
  figures.push_back(Figure("policy-gains", "What each policy gains over the single best and over chance", "dots", gains,
                           GainsData(record)));
  figures.push_back(Figure("choices", "Choices and answers of each policy", "table", choices, ChoiceTable(record)));
  return Section("policies", "Every policy against its null", "", figures);
}

}  // namespace amsel
