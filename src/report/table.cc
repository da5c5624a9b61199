#include "report/table.h"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <vector>

#include "report/rows.h"

namespace amsel {
namespace {

std::string Time(const Json& value) {
  return value.is_number() ? MsText(value.get<double>()) : "-";
}

std::string Shares(const Json& shares) {
  if (shares.size() < 2) return "";  // it ran on every image
  std::string text;
  for (const auto& [name, share] : shares.items()) {
    if (!share.is_number()) continue;
    const double percent = 100 * share.get<double>();
    if (percent >= 0.5) text += fmt::format("{}{} {:.0f}%", text.empty() ? "" : ", ", name, percent);
  }
  return text;
}

/// Energy in mJ; "~" marks an estimate.
std::string Energy(const Json& energy) {
  if (!energy.is_object()) return "-";
  const bool estimate = energy.at("source").get<std::string>().starts_with("estimate");
  return fmt::format("{}{:.4g}", estimate ? "~" : "", energy.at("mean").get<double>());
}

/// Where figures of energy come from, a line a source; empty where there are none.
std::string EnergySources(const Json& results) {
  std::set<std::string> sources;
  for (const Json& row : results.at("rows")) {
    const Json energy = row.value("energy_mj", Json());
    if (energy.is_object()) sources.insert(energy.at("source").get<std::string>());
  }
  return sources.empty() ? "" : fmt::format("\nenergy, in all, an image: {}\n", fmt::join(sources, "\n  and: "));
}

/// A column of the table: its heading, whether the short table has it, and its cell in a row.
struct TableColumn {
  std::string heading;
  bool always = true;
  std::function<std::string(const Json& row)> cell;
};

std::string NameWithRole(const Json& row, const Json& results) {
  std::string name = row.at("name");
  if (row.at("name") == results.at("single_best")) name += " (single best)";
  if (row.at("name") == FieldOrNull(results, "efficient_single")) name += " (efficient single)";
  const RowRole role = RoleOf(row);
  if (role == RowRole::kDerivedSingle || role == RowRole::kAdaptedDerivedSingle) {
    name += " (" + DerivedName(results, row.at("name")) + ")";
  }
  return name;
}

std::vector<TableColumn> ColumnsOf(const Json& results, double best_ms, bool has_energy) {
  const auto field = [](const char* key, std::string (*text)(const Json&)) {
    return [=](const Json& row) { return text(FieldOrNull(row, key)); };
  };
  const auto time = [](const char* key) {
    return [=](const Json& row) { return Time(FieldOrNull(row.at("latency_ms"), key)); };
  };
  std::vector<TableColumn> columns{{"", true, [&](const Json& row) { return NameWithRole(row, results); }},
                                   {"top-1 %", true, field("top1", PercentCell)},
                                   {"95 % interval", true, field("top1_ci95", IntervalCell)},
                                   {"top-5 %", false, field("top5", PercentCell)},
                                   {"F1 %", false, field("macro_f1", PercentCell)},
                                   {"mean ms", true, time("mean")},
                                   {"p50", false, time("p50")},
                                   {"p99", true, time("p99")},
                                   {"worst path", true, time("worst_path")},
                                   {"speed", true, [=](const Json& row) {
                                      const double mean = row.at("latency_ms").at("mean").get<double>();
                                      return mean > 0 ? fmt::format("{:.2f}x", best_ms / mean) : "-";
                                    }}};
  if (has_energy) columns.push_back({"energy mJ", true, field("energy_mj", Energy)});
  columns.push_back({"candidates that ran", false, field("shares", Shares)});
  return columns;
}

std::string Comparison(const std::string& what, const Json& compared) {
  const Json gain = FieldOrNull(compared, "accuracy_gain_ci95_pp");
  const Json speed = FieldOrNull(compared, "speedup_ci95");
  std::string text = fmt::format("  {}: {:+.2f} points", what, compared.at("accuracy_gain_pp").get<double>());
  if (!gain.is_null()) text += fmt::format(" [{:+.2f}, {:+.2f}]", gain[0].get<double>(), gain[1].get<double>());
  text += fmt::format(", {:.2f}x the speed", compared.at("speedup").get<double>());
  if (!speed.is_null()) text += fmt::format(" [{:.2f}, {:.2f}]", speed[0].get<double>(), speed[1].get<double>());
  return text + "\n";
}

/// Where a bundle's single best, chosen in training, is not the most accurate on these images: who is; else empty.
std::string BetterHere(const Json& results) {
  const Json* best = FindRow(results, results.at("single_best"));
  const Json* most = nullptr;
  for (const Json& row : results.at("rows")) {
    if (row.at("kind") != "single" || FieldOrNull(row, "derived") == true) continue;
    if (most == nullptr || row.at("top1") > most->at("top1")) most = &row;
  }
  if (best == nullptr || most == nullptr || most->at("top1") <= best->at("top1")) return "";
  return fmt::format("    (chosen in training; of these images {} alone has {:.2f} % right, {} {:.2f} %)\n",
                     most->at("name").get<std::string>(), 100 * most->at("top1").get<double>(),
                     best->at("name").get<std::string>(), 100 * best->at("top1").get<double>());
}

std::string Headline(const Json& results) {
  const Json headline = FieldOrNull(results, "headline");
  if (headline.is_null()) return "";
  std::string text = fmt::format("\n{}\n", headline.at("policy").get<std::string>());
  text +=
      Comparison(fmt::format("against the single best, {}", results.at("single_best").get<std::string>()), headline);
  text += BetterHere(results);
  const Json efficient = FieldOrNull(results, "efficient_single");
  const Json against_efficient = FieldOrNull(headline, "vs_efficient");
  if (against_efficient.is_object() && efficient.is_string() && efficient != results.at("single_best")) {
    text +=
        Comparison(fmt::format("against the efficient single, {}", efficient.get<std::string>()), against_efficient);
  }
  if (const Json derived = FieldOrNull(headline, "vs_derived"); derived.is_object()) {
    const std::string name = DerivedName(results, derived.at("row"));
    text += Comparison("against the derived single, " + name, derived);
    if (const Json alone = FieldOrNull(derived, "alone"); alone.is_object()) {
      text += Comparison(name + " alone, against the single best", alone);
    }
  }
  if (const auto cold = NumberIn(FieldOrNull(headline, "cold"), "speedup")) {
    text += fmt::format("  both just after another candidate has run, with cold caches: {:.2f}x the speed\n", *cold);
  }
  const auto ceiling = NumberIn(headline, "ceiling");
  if (!ceiling) return text;
  text += fmt::format("  no policy over these candidates can be faster than {:.2f}x", *ceiling);
  if (const auto recovered = NumberIn(headline, "headroom_recovered")) {
    const Json bound = FieldOrNull(headline, "bound");
    text += fmt::format("; headroom recovered: {:.1f} % (of that below the {})", 100 * *recovered,
                        bound.is_string() ? bound.get<std::string>() : "bound");
  }
  return text + "\n";
}

}  // namespace

std::string EvaluationTable(const Json& results, TableDetail detail) {
  double best_ms = 0;
  for (const Json& row : results.at("rows")) {
    if (row.at("name") == results.at("single_best")) best_ms = row.at("latency_ms").at("mean").get<double>();
  }
  const std::string sources = EnergySources(results);
  std::vector<TableColumn> columns = ColumnsOf(results, best_ms, !sources.empty());
  if (detail == TableDetail::kShort) std::erase_if(columns, [](const TableColumn& column) { return !column.always; });
  std::vector<std::string> head;
  for (const TableColumn& column : columns) head.push_back(column.heading);
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : results.at("rows")) {
    rows.emplace_back();
    for (const TableColumn& column : columns) rows.back().push_back(column.cell(row));
  }
  const std::string folds = FieldOrNull(results, "folds").is_number()
                                ? fmt::format(", {}-fold cross-validation", results.at("folds").get<int>())
                                : "";
  const Json conditions = FieldOrNull(results, "conditions");
  const Json measured = conditions.is_object() ? FieldOrNull(conditions, "latency") : Json();
  return fmt::format("{}{}; {}\n\n", Counted(results.at("images").get<std::int64_t>(), "image"), folds,
                     measured.is_string() ? measured.get<std::string>() : "latency as given") +
         FormatTable(head, rows, detail) + Headline(results) + sources;
}

}  // namespace amsel
