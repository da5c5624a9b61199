#include "report/table.h"

#include <fmt/format.h>

#include <set>

#include "base/text_table.h"

namespace amsel {
namespace {

std::string Percent(const Json& value) {
  return value.is_number() ? fmt::format("{:.2f}", 100 * value.get<double>()) : "-";
}

std::string Time(const Json& value) {
  if (!value.is_number()) return "-";
  const double ms = value.get<double>();
  return fmt::format("{:.{}f}", ms, ms < 1 ? 4 : ms < 10 ? 3 : 2);
}

std::string Shares(const Json& shares) {
  std::string text;
  for (const auto& [name, share] : shares.items()) {
    const double percent = 100 * share.get<double>();
    if (percent >= 0.5 && percent < 99.95) text += fmt::format("{}{} {:.0f}%", text.empty() ? "" : ", ", name, percent);
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

std::vector<std::string> EvaluationRow(const Json& row, const Json& results, double best_ms, bool has_energy) {
  const Json& latency = row.at("latency_ms");
  const double mean = latency.at("mean").get<double>();
  std::string name = row.at("name");
  if (name == results.at("single_best").get<std::string>()) name += " (single best)";
  if (name == results.at("efficient_single").get<std::string>()) name += " (efficient single)";
  std::vector<std::string> cells = {
      name,
      Percent(row.at("top1")),
      fmt::format("{}-{}", Percent(row.at("top1_ci95")[0]), Percent(row.at("top1_ci95")[1])),
      Percent(row.at("top5")),
      Percent(row.at("macro_f1")),
      Time(latency.at("mean")),
      Time(latency.at("p50")),
      Time(latency.at("p99")),
      Time(latency.at("worst_path")),
      mean > 0 ? fmt::format("{:.2f}x", best_ms / mean) : "-"};
  if (has_energy) cells.push_back(Energy(row.value("energy_mj", Json())));
  cells.push_back(Shares(row.at("shares")));
  return cells;
}

std::string Comparison(const std::string& against, const Json& compared) {
  const Json& gain = compared.at("accuracy_gain_ci95_pp");
  const Json& speed = compared.at("speedup_ci95");
  return fmt::format("  against {}: {:+.2f} points [{:+.2f}, {:+.2f}], {:.2f}x the speed [{:.2f}, {:.2f}]\n", against,
                     compared.at("accuracy_gain_pp").get<double>(), gain[0].get<double>(), gain[1].get<double>(),
                     compared.at("speedup").get<double>(), speed[0].get<double>(), speed[1].get<double>());
}

std::string Headline(const Json& results) {
  const Json& headline = results.at("headline");
  if (headline.is_null()) return "";
  std::string text = fmt::format("\n{}\n", headline.at("policy").get<std::string>());
  text += Comparison(fmt::format("the single best, {}", results.at("single_best").get<std::string>()), headline);
  if (!headline.at("vs_efficient").is_null() && results.at("efficient_single") != results.at("single_best")) {
    text += Comparison(fmt::format("the efficient single, {}", results.at("efficient_single").get<std::string>()),
                       headline.at("vs_efficient"));
  }
  text +=
      fmt::format("  no policy over these candidates can be faster than {:.2f}x", headline.at("ceiling").get<double>());
  if (headline.at("headroom_recovered").is_number()) {
    text += fmt::format("; headroom recovered: {:.1f} %", 100 * headline.at("headroom_recovered").get<double>());
  }
  return text + "\n";
}

}  // namespace

std::string EvaluationTable(const Json& results) {
  double best_ms = 0;
  for (const Json& row : results.at("rows")) {
    if (row.at("name") == results.at("single_best")) best_ms = row.at("latency_ms").at("mean").get<double>();
  }
  std::vector<std::vector<std::string>> rows;
  const std::string sources = EnergySources(results);
  for (const Json& row : results.at("rows")) rows.push_back(EvaluationRow(row, results, best_ms, !sources.empty()));
  std::vector<std::string> head{"",        "top-1 %", "95 % interval", "top-5 %",    "F1 %",
                                "mean ms", "p50",     "p99",           "worst path", "speed"};
  if (!sources.empty()) head.emplace_back("energy mJ");
  head.emplace_back("candidates that ran");
  const std::string folds =
      results.contains("folds") ? fmt::format(", {}-fold cross-validation", results.at("folds").get<int>()) : "";
  return fmt::format("{} images{}; {}\n\n", results.at("images").get<int>(), folds,
                     results.at("conditions").at("latency").get<std::string>()) +
         FormatTable(head, rows) + Headline(results) + sources;
}

}  // namespace amsel
