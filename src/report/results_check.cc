#include "report/results_check.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"
#include "report/figure_check.h"

namespace amsel {
namespace {

constexpr double kNone = -std::numeric_limits<double>::max();

void OptionalNumber(JsonReader& reader, const std::string& key, double least = kNone) {
  if (reader.Has(key)) reader.Number(key, least);
}

void OptionalInterval(JsonReader& reader, const std::string& key) {
  if (!reader.Has(key)) return;
  if (reader.Numbers(key).size() != 2) reader.Fault(key, "two numbers, [low, high]");
}

void CheckRow(JsonReader& row) {
  row.String("name");
  row.String("kind");
  row.StringOr("operating_point", "");
  if (row.Has("derived")) row.Boolean("derived");
  row.Number("top1", 0, 1);
  OptionalInterval(row, "top1_ci95");
  for (const char* key : {"top5", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1"}) {
    OptionalNumber(row, key, 0);
  }
  JsonReader latency = row.Object("latency_ms");
  latency.Number("mean", 0);
  for (const char* key : {"p50", "p99", "worst_path"}) OptionalNumber(latency, key, 0);
  if (row.Has("energy_mj")) {
    JsonReader energy = row.Object("energy_mj");
    energy.Number("mean", 0);
    energy.String("source");
  }
  if (!row.Has("shares")) return;
  JsonReader shares = row.Object("shares");
  for (const auto& [name, share] : shares.json().items()) OptionalNumber(shares, name, 0);
}

void CheckComparison(JsonReader& compared) {
  compared.Number("accuracy_gain_pp");
  OptionalInterval(compared, "accuracy_gain_ci95_pp");
  compared.Number("speedup", 0);
  OptionalInterval(compared, "speedup_ci95");
}

void CheckHeadline(JsonReader& results) {
  if (!results.Has("headline")) return;
  JsonReader headline = results.Object("headline");
  headline.String("policy");
  CheckComparison(headline);
  OptionalNumber(headline, "ceiling", 0);
  OptionalNumber(headline, "headroom_recovered");
  headline.StringOr("bound", "");
  for (const char* key : {"vs_efficient", "vs_adapted", "vs_derived"}) {
    if (!headline.Has(key)) continue;
    JsonReader compared = headline.Object(key);
    compared.String("row");
    CheckComparison(compared);
    if (!compared.Has("alone")) continue;
    JsonReader alone = compared.Object("alone");
    CheckComparison(alone);
  }
}

void CheckFigures(JsonReader& owner, std::set<std::string>& ids) {
  if (!owner.Has("figures")) return;
  for (JsonReader& figure : owner.Objects("figures")) {
    CheckFigure(figure);
    if (!ids.insert(figure.StringOr("id", "")).second) figure.Fault("id", "an id that no other figure or section has");
  }
}

void CheckStudy(JsonReader& results, std::set<std::string>& ids) {
  if (!results.Has("study")) return;
  JsonReader study = results.Object("study");
  for (JsonReader& section : study.Objects("sections")) {
    CheckId(section);
    if (!ids.insert(section.StringOr("id", "")).second)
      section.Fault("id", "an id that no other figure or section has");
    section.String("title");
    section.StringOr("text", "");
    CheckFigures(section, ids);
  }
}

}  // namespace

Status CheckResults(const Json& results, const std::string& file) {
  JsonReader reader(results, file);
  reader.Schema("amsel.evaluation/1");
  constexpr std::int64_t kMany = std::int64_t{1} << 53;
  reader.Integer("images", 0, kMany);
  constexpr std::int64_t kMostFolds = 1000000;
  if (reader.Has("folds")) reader.Integer("folds", 1, kMostFolds);
  reader.String("single_best");
  reader.StringOr("efficient_single", "");
  if (reader.Has("source")) reader.Object("source");
  if (reader.Has("conditions")) reader.Object("conditions");
  std::vector<JsonReader> rows = reader.Objects("rows");
  if (rows.empty()) reader.Fault("rows", "at least one row");
  for (JsonReader& row : rows) CheckRow(row);
  CheckHeadline(reader);
  std::set<std::string> ids = {"headline",   "comparisons", "accuracy-latency", "plane", "latency-tail", "tail",
                               "candidates", "shares",      "all-rows",         "rows",  "more"};
  CheckStudy(reader, ids);
  CheckFigures(reader, ids);
  return reader.status();
}

}  // namespace amsel
