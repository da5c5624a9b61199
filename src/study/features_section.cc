#include <algorithm>

#include "features/dnn_features.h"
#include "learn/feature_rows.h"
#include "learn/feature_selection.h"
#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

Json CorrelationData(const FeatureSelection& selection) {
  Json values = Json::array();
  const std::size_t count = selection.names.size();
  for (std::size_t a = 0; a < count; ++a) {
    Json row = Json::array();
    for (std::size_t b = 0; b < count; ++b) row.push_back(selection.pearson_r[a * count + b]);
    values.push_back(std::move(row));
  }
  Json value = Axis("Pearson's r", "number", "diverging");
  value["from"] = -1;
  value["to"] = 1;
  return {{"value", value},
          {"x", Json{{"label", "feature"}}},
          {"y", Json{{"label", "feature"}}},
          {"columns", selection.names},
          {"rows", selection.names},
          {"values", values}};
}

Json ImportanceData(const FeatureSelection& selection) {
  Json names = Json::array();
  Json values = Json::array();
  Json intervals = Json::array();
  for (const FeatureImportance& one : selection.importance) {
    names.push_back(one.name);
    values.push_back(100 * one.accuracy_lost);
    intervals.push_back(IntervalToJson(Band95(one.accuracy_lost, one.standard_error), 100));
  }
  Json series = {{"name", "lost without it"}, {"values", values}, {"ci95", intervals}};
  return {{"value", Axis("accuracy lost, percentage points", "points")},
          {"categories", names},
          {"series", Json::array({series})}};
}

Json CurveData(const FeatureSelection& selection) {
  Json points = Json::array();
  Json bands = Json::array();
  for (const SelectionStep& step : selection.curve) {
    points.push_back(Json::array({step.features.size(), step.accuracy}));
    bands.push_back(IntervalToJson(Band95(step.accuracy, step.standard_error)));
  }
  std::reverse(points.begin(), points.end());  // from none to all
  std::reverse(bands.begin(), bands.end());
  Json series = {{"name", "best features"}, {"points", points}, {"band95", bands}};
  return {{"x", Axis("features", "integer")},
          {"y", Axis("accuracy of the premodel that judges", "percent")},
          {"series", Json::array({series})}};
}

Json StepsData(const FeatureSelection& selection) {
  Json rows = Json::array();
  for (const PrunedFeature& one : selection.pruned) {
    rows.push_back(Json::array({one.name, one.kept.empty() ? "the same on all images" : "correlates with " + one.kept,
                                one.kept.empty() ? Json() : Json(one.pearson_r), Json()}));
  }
  for (const SelectionStep& step : selection.curve) {
    if (!step.removed.empty()) rows.push_back(Json::array({step.removed, "costs least", Json(), step.accuracy}));
  }
  return {{"columns",
           {Column("feature", "text"), Column("left out since it", "text"), Column("r", "number"),
            Column("accuracy without it", "percent")}},
          {"rows", rows}};
}

/// Those asked for, else all. Elimination plays about half the square of their number of premodels, and an embedding of
/// hundreds of values would be a figure that nobody reads: many are left out unless asked for.
std::vector<std::string> FeaturesToStudy(const ProfileTable& table, const std::vector<std::string>& asked) {
  constexpr std::size_t kMostOfDnn = 32;
  if (!asked.empty()) return NamesInTable(table, asked);
  if (table.DnnFeatures().size() <= kMostOfDnn) return table.feature_names;
  return DnnFeaturesIn(table.feature_names, /*wanted=*/false);
}

}  // namespace

Json FeaturesSection(const StudyRecord& record) {
  LearnOptions options = record.options->evaluate.learn;
  options.selection.from = FeaturesToStudy(*record.table, options.selection.from);
  const FeatureSelection selection = SelectFeatures(*record.table, record.rows, options);
  Json figures = Json::array();
  figures.push_back(Figure("feature-correlation", "Correlation of the features", "heatmap",
                           "Pearson's r over all images. Of two features that correlate strongly one is left out.",
                           CorrelationData(selection)));
  figures.push_back(Figure("feature-importance", "What leaving one feature out costs", "bars",
                           "Accuracy lost when a premodel has all features but this one, cross-validated, with 95 % "
                           "intervals. An interval across zero: nothing can be told from so many images.",
                           ImportanceData(selection)));
  figures.push_back(Figure("feature-count", "Accuracy against the number of features", "lines",
                           "The best set of each size by backward elimination; with none the premodel runs the single "
                           "best. The sets were chosen by these accuracies, which are therefore somewhat too high.",
                           CurveData(selection)));
  figures.push_back(Figure("feature-steps", "Features in the order in which they were left out", "table",
                           "First those that correlate with a better one, then whichever costs least.",
                           StepsData(selection)));
  std::string chosen;
  for (const std::string& name : selection.chosen) chosen += (chosen.empty() ? "" : ", ") + name;
  return Section("features", "What image features tell",
                 "The smallest set that is no worse than the best one by more than a standard error: " + chosen + ".",
                 figures);
}

}  // namespace amsel
