#include <algorithm>
#include <array>

#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

constexpr std::array kParts = {"features", "deciding", "preprocessing", "inference"};

/// Mean milliseconds of each part, over images.
std::array<double, kParts.size()> MeanParts(const StudyRecord& record, const std::vector<SimulatedRun>& runs) {
  const ProfileTable& table = *record.table;
  std::array<std::vector<double>, kParts.size()> parts;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const SimulatedRun& run = runs[r];
    double preprocess = 0;
    double inference = 0;
    for (const StepTime& step : TimesOfPath(std::span<const std::size_t>(run.path), run.begins_warm,
                                            [&](std::size_t c) { return table.StepOn(c, record.rows[r]); })) {
      preprocess += step.prepare;
      inference += step.run;
    }
    const double deciding = run.latency_ms - run.features_ms - preprocess - inference;
    const std::array values = {run.features_ms, std::max(0.0, deciding), preprocess, inference};
    for (std::size_t p = 0; p < kParts.size(); ++p) parts[p].push_back(values[p]);
  }
  std::array<double, kParts.size()> means{};
  for (std::size_t p = 0; p < kParts.size(); ++p) means[p] = WeightedMean(parts[p], record.weights());
  return means;
}

}  // namespace

Json OverheadSection(const StudyRecord& record) {
  Json categories = Json::array();
  Json series = Json::array();
  for (const char* part : kParts) series.push_back(Json{{"name", part}, {"values", Json::array()}});
  Json rows = Json::array();
  for (const PolicyRecord& one : record.policies) {
    const auto means = MeanParts(record, one.runs);
    categories.push_back(one.row);
    double total = 0;
    for (std::size_t p = 0; p < kParts.size(); ++p) {
      series[p]["values"].push_back(means[p]);
      total += means[p];
    }
    const double overhead = means[0] + means[1];
    rows.push_back(
        Json::array({one.row, means[0], 1000 * means[1], means[2], means[3], total, total > 0 ? overhead / total : 0}));
  }
  Json figures = Json::array();
  figures.push_back(
      Figure("overhead", "Mean time of each part", "stacked-bars",
             "Features and deciding are what selection itself costs; preprocessing that candidates share "
             "is counted once. Decoding comes before all of it and is the same for all.",
             {{"value", Axis("mean time of an image, ms", "ms")}, {"categories", categories}, {"series", series}}));
  figures.push_back(Figure("overhead-table", "What selection itself costs", "table",
                           "Overhead is the share of features and deciding in the whole time.",
                           {{"columns",
                             {Column("policy", "text"), Column("features, ms", "ms"), Column("deciding, µs", "number"),
                              Column("preprocessing, ms", "ms"), Column("inference, ms", "ms"),
                              Column("in all, ms", "ms"), Column("overhead", "percent")}},
                            {"rows", rows}}));
  return Section("cost-of-selection", "Where the time goes", "", figures);
}

}  // namespace amsel
