#include "report/standard_figures.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "report/headline.h"
#include "report/rows.h"

namespace amsel {
namespace {

constexpr double kLogFrom = 8;  // a range of more than this many times is easier to read on a logarithmic axis

Json Axis(const std::string& label, const std::string& format, bool log = false) {
  return {{"label", label}, {"format", format}, {"scale", log ? "log" : "linear"}};
}

Json Figure(const std::string& id, const std::string& title, const std::string& kind, const std::string& caption,
            Json data) {
  return {{"id", id}, {"title", title}, {"kind", kind}, {"caption", caption}, {"data", std::move(data)}};
}

Json Section(const std::string& id, const std::string& title, const std::string& text, Json figures) {
  return {{"id", id}, {"title", title}, {"text", text}, {"figures", std::move(figures)}};
}

double Mean(const Json& row) {
  return row.at("latency_ms").at("mean").get<double>();
}

double Top1(const Json& row) {
  return row.at("top1").get<double>();
}

/// Whether these positive numbers span so much that a logarithmic axis reads better.
bool SpansMuch(const std::vector<double>& values) {
  if (values.empty()) return false;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *least > 0 && *most / *least > kLogFrom;
}

std::string RoleNote(const Json& row, const Json& results) {
  std::string note;
  if (row.at("name") == results.at("single_best")) note = "single best";
  if (row.at("name") == FieldOrNull(results, "efficient_single"))
    note += note.empty() ? "efficient single" : ", efficient single";
  const RowRole role = RoleOf(row);
  if (role == RowRole::kDerivedSingle || role == RowRole::kAdaptedDerivedSingle) {
    note = DerivedName(results, row.at("name"));
  }
  return note;
}

/// Rows in the order in which people look for them: policies, then what they are compared with.
std::vector<const Json*> ByRole(const Json& results) {
  std::vector<const Json*> rows;
  for (const Json& row : results.at("rows")) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const Json* a, const Json* b) { return RoleOf(*a) < RoleOf(*b); });
  return rows;
}

/// Singles that are far less accurate than the best would squeeze all the others into a corner: a closer look at these.
Json Focus(const Json& results) {
  constexpr double kFar = 0.8;  // of the single best's accuracy
  const Json* best = FindRow(results, results.at("single_best"));
  if (best == nullptr) return nullptr;
  std::vector<double> shown;
  for (const Json& row : results.at("rows")) {
    if (RoleOf(row) != RowRole::kSingle || Top1(row) >= kFar * Top1(*best)) shown.push_back(Top1(row));
  }
  double lowest = 1;
  double slowest = 0;
  double fastest = Mean(results.at("rows")[0]);
  for (const Json& row : results.at("rows")) {
    lowest = std::min(lowest, Top1(row));
    slowest = std::max(slowest, Mean(row));
    fastest = std::min(fastest, Mean(row));
  }
  const auto [low, high] = std::minmax_element(shown.begin(), shown.end());
  constexpr double kMargin = 0.12;
  const double margin = std::max(kMargin * (*high - *low), 0.005);
  if (*low - lowest < *high - *low) return nullptr;  // little would be won
  constexpr double kAside = 1.1;
  return {{"x", {fastest / kAside, slowest * kAside}}, {"y", {*low - margin, std::min(1.0, *high + margin)}}};
}

Json PlaneData(const Json& results) {
  Json points = Json::array();
  std::vector<double> means;
  for (const Json* row : ByRole(results)) {
    means.push_back(Mean(*row));
    Json point = {{"label", row->at("name")}, {"group", GroupName(RoleOf(*row))}, {"x", Mean(*row)}, {"y", Top1(*row)}};
    if (const Json interval = FieldOrNull(*row, "top1_ci95"); !interval.is_null()) point["y_ci95"] = interval;
    if (const std::string note = RoleNote(*row, results); !note.empty()) point["note"] = note;
    point["emphasis"] = RoleOf(*row) == RowRole::kPolicy || point.contains("note");
    points.push_back(std::move(point));
  }
  const std::vector<const Json*> front = ParetoFront(results.at("rows"));
  Json line = Json::array();
  for (const Json* row : front) line.push_back(Json::array({Mean(*row), Top1(*row)}));
  Json data = {{"x", Axis("mean latency, ms", "ms", SpansMuch(means))},
               {"y", Axis("top-1 accuracy", "percent")},
               {"points", points},
               {"front", line}};
  data["rules"] = Json::array();
  const Json* best = FindRow(results, results.at("single_best"));
  if (best != nullptr) data["rules"].push_back({{"axis", "y"}, {"value", Top1(*best)}, {"label", "single best"}});
  double cheapest = -1;
  for (const Json& row : results.at("rows")) {
    if (RoleOf(row) == RowRole::kSingle && (cheapest < 0 || Mean(row) < cheapest)) cheapest = Mean(row);
  }
  if (cheapest >= 0) data["rules"].push_back({{"axis", "x"}, {"value", cheapest}, {"label", "ceiling"}});
  if (Json focus = Focus(results); !focus.is_null()) data["focus"] = std::move(focus);
  return data;
}

Json PlaneSection(const Json& results) {
  const char* caption =
      "Each row of the evaluation by its mean latency and its accuracy; better is up and to the left. Bars are 95 % "
      "intervals. The line joins the rows that could be deployed and that no other one beats in both. Left of the "
      "ceiling, the mean of the cheapest candidate, is no policy. Oracles know the label, so nothing reaches them; "
      "a policy that does not beat its random mix or random stop has learned nothing. Textbook is the cascade that one "
      "would write by hand: two candidates, one margin, log-probabilities pooled.";
  return Section("accuracy-latency", "Accuracy and latency", "",
                 Json::array({Figure("plane", "The accuracy–latency plane", "scatter", caption, PlaneData(results))}));
}

Json TailSection(const Json& results) {
  constexpr std::array kTimes = {std::pair{"mean", "mean"}, std::pair{"p50", "p50"}, std::pair{"p99", "p99"},
                                 std::pair{"worst_path", "worst path"}};
  Json categories = Json::array();
  std::map<std::string, Json> values;
  std::vector<double> times;
  for (const Json* row : ByRole(results)) {
    categories.push_back(row->at("name"));
    for (const auto& [key, name] : kTimes) {
      const auto time = NumberIn(row->at("latency_ms"), key);
      if (time) times.push_back(*time);
      values[key].push_back(time ? Json(*time) : Json());
    }
  }
  Json series = Json::array();
  for (const auto& [key, name] : kTimes) series.push_back({{"name", name}, {"values", values[key]}});
  const char* caption =
      "The mean hides the slow answers. p50 and p99: half and 99 of 100 images are answered within this time. Worst "
      "path: the mean time of the dearest sequence of candidates that the row took.";
  return Section(
      "latency-tail", "The tail of the latency", "",
      Json::array({Figure(
          "tail", "Mean, p50, p99 and worst path of each row", "dots", caption,
          {{"value", Axis("latency, ms", "ms", SpansMuch(times))}, {"categories", categories}, {"series", series}})}));
}

/// The mean times of the singles.
std::map<std::string, double> CostsOfSingles(const Json& results) {
  std::map<std::string, double> costs;
  for (const Json& row : results.at("rows")) {
    if (RoleOf(row) == RowRole::kSingle) costs.emplace(row.at("name").get<std::string>(), Mean(row));
  }
  return costs;
}

/// How often each candidate ran, in all rows: the cheapest first; those whose cost no single tells last. Those that are
/// too many for a figure are left out, the least used first.
std::vector<std::string> RanCandidates(const Json& results, const std::vector<const Json*>& rows) {
  constexpr std::size_t kMost = 64;  // as a bundle has
  std::map<std::string, double> total;
  for (const Json* row : rows) {
    for (const auto& [name, share] : row->at("shares").items()) {
      if (share.is_number()) total[name] += share.get<double>();
    }
  }
  std::vector<std::pair<double, std::string>> used;
  for (const auto& [name, sum] : total) {
    if (sum > 0) used.emplace_back(-sum, name);
  }
  std::sort(used.begin(), used.end());
  used.resize(std::min(used.size(), kMost));
  const std::map<std::string, double> costs = CostsOfSingles(results);
  std::vector<std::pair<double, std::string>> ordered;
  for (const auto& [sum, name] : used) {
    const auto cost = costs.find(name);
    ordered.emplace_back(cost == costs.end() ? std::numeric_limits<double>::infinity() : cost->second, name);
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<std::string> names;
  for (auto& [cost, name] : ordered) names.push_back(std::move(name));
  return names;
}

Json SharesSection(const Json& results) {
  std::vector<const Json*> rows;
  for (const Json* row : ByRole(results)) {
    const RowRole role = RoleOf(*row);
    const Json shares = FieldOrNull(*row, "shares");
    const bool alone = role >= RowRole::kSingle && role <= RowRole::kAdaptedDerivedSingle;
    if (alone || !shares.is_object()) continue;
    rows.push_back(row);
  }
  Json categories = Json::array();
  for (const Json* row : rows) categories.push_back(row->at("name"));
  Json series = Json::array();
  for (const std::string& name : RanCandidates(results, rows)) {
    Json values = Json::array();
    for (const Json* row : rows) values.push_back(NumberIn(row->at("shares"), name.c_str()).value_or(0));
    series.push_back({{"name", name}, {"values", values}});
  }
  if (rows.empty() || series.empty()) return nullptr;
  const char* caption =
      "The share of images on which each candidate ran. A row longer than 100 % ran more than one candidate on some "
      "images: its length is the number of candidates that it ran on an image, on average. Candidates stand in the "
      "order of their "
      "cost, the cheapest first.";
  return Section(
      "candidates", "Which candidates ran", "",
      Json::array({Figure(
          "shares", "Shares of the candidates", "stacked-bars", caption,
          {{"value", Axis("share of the images", "percent")}, {"categories", categories}, {"series", series}})}));
}

Json RowsColumns(bool with_energy) {
  Json columns = Json::array();
  const auto column = [&](const char* name, const char* format) {
    columns.push_back(Json{{"name", name}, {"format", format}});
  };
  column("row", "text");
  column("top-1", "percent");
  column("speed", "ratio");
  for (const char* name : {"mean ms", "p99 ms", "worst path ms"}) column(name, "ms");
  if (with_energy) column("energy, mJ", "number");
  for (const char* name : {"95 % low", "95 % high", "top-5", "balanced accuracy", "F1"}) column(name, "percent");
  column("p50 ms", "ms");
  column("kind", "text");
  return columns;
}

Json RowsSection(const Json& results) {
  const Json* best = FindRow(results, results.at("single_best"));
  const Json& all = results.at("rows");
  const bool with_energy =
      std::any_of(all.begin(), all.end(), [](const Json& row) { return FieldOrNull(row, "energy_mj").is_object(); });
  Json rows = Json::array();
  for (const Json& row : all) {
    const std::string note = RoleNote(row, results);
    const Json& latency = row.at("latency_ms");
    const Json interval = FieldOrNull(row, "top1_ci95");
    Json cells =
        Json::array({row.at("name").get<std::string>() + (note.empty() ? "" : " (" + note + ")"), row.at("top1"),
                     best != nullptr && Mean(row) > 0 ? Json(Mean(*best) / Mean(row)) : Json()});
    for (const char* key : {"mean", "p99", "worst_path"}) cells.push_back(FieldOrNull(latency, key));
    const Json energy = FieldOrNull(row, "energy_mj");
    if (with_energy) cells.push_back(energy.is_object() ? energy.at("mean") : Json());
    for (const std::size_t end : {0U, 1U}) cells.push_back(interval.is_null() ? Json() : interval[end]);
    for (const char* key : {"top5", "balanced_accuracy", "macro_f1"}) cells.push_back(FieldOrNull(row, key));
    cells.push_back(FieldOrNull(latency, "p50"));
    const bool derived = RoleOf(row) == RowRole::kSingle && FieldOrNull(row, "derived") == true;
    cells.push_back(derived ? Json("single, derived") : row.at("kind"));
    rows.push_back(std::move(cells));
  }
  const char* caption =
      "Speed is the mean latency of the single best by that of the row. F1 and balanced accuracy are means over "
      "classes.";
  return Section("all-rows", "All rows", "",
                 Json::array({Figure("rows", "Every row with its figures", "table", caption,
                                     {{"columns", RowsColumns(with_energy)}, {"rows", rows}})}));
}

}  // namespace

Json StandardSections(const Json& results) {
  Json sections = Json::array();
  if (Json comparisons = ComparisonTable(results); !comparisons.is_null()) {
    const char* caption =
        "Gains in percentage points of top-1 accuracy, paired image by image; speed as a ratio of mean latencies.";
    sections.push_back(Section(
        "headline", "Headline", "",
        Json::array({Figure("comparisons", "The policy against each yardstick", "table", caption, comparisons)})));
  }
  sections.push_back(PlaneSection(results));
  sections.push_back(TailSection(results));
  if (Json shares = SharesSection(results); !shares.is_null()) sections.push_back(std::move(shares));
  sections.push_back(RowsSection(results));
  return sections;
}

}  // namespace amsel
