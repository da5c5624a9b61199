#include "report/doctor_text.h"

#include <fmt/format.h>

#include "report/rows.h"

namespace amsel {
namespace {

using Row = std::vector<std::string>;

std::string Points(const Json& gain, const std::string& figure) {
  const Json& interval = gain.at(figure + "_ci_pp");
  std::string value = fmt::format("{:+.2f}", gain.at(figure + "_pp").get<double>());
  if (interval.is_null()) return value;
  return fmt::format("{} [{:+.2f}, {:+.2f}]", value, interval[0].get<double>(), interval[1].get<double>());
}

std::string AucOf(const Json& by_candidate, const std::string& candidate, TableDetail detail) {
  const auto it = by_candidate.find(candidate);
  if (it == by_candidate.end()) return "-";
  const Json& interval = it->at("auc_ci95");
  std::string value = fmt::format("{:.3f}", it->at("auc").get<double>());
  if (interval.is_null() || detail == TableDetail::kShort) return value;
  return fmt::format("{} [{:.3f}, {:.3f}]", value, interval[0].get<double>(), interval[1].get<double>());
}

std::string HeadroomTable(const Json& headroom, TableDetail detail) {
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, const Json& row) {
    if (row.is_null()) return;
    rows.push_back({name, PercentCell(row.at("accuracy")), IntervalCell(row.at("accuracy_ci95")),
                    MsText(row.at("mean_ms").get<double>()), row.value("candidate", "")});
  };
  add("single best", headroom.at("single_best"));
  add("efficient single", headroom.at("efficient_single"));
  add("derived single", headroom.at("derived_single"));
  add("cheapest", headroom.at("cheapest"));
  add("random mix of the oracle's shares", headroom.at("random_mix_of_oracle"));
  add("oracle", headroom.at("oracle"));
  add("pooled oracle", headroom.at("pooled_oracle"));
  std::string text = FormatTable({"headroom", "right %", "95 % interval", "mean ms", "candidate"}, rows, detail);
  text += fmt::format("No policy is faster than {:.2f}× the single best.", headroom.at("ceiling").get<double>());
  if (const Json& skill = headroom.at("skill_needed"); !skill.is_null()) {
    text += fmt::format(
        " A selector with the oracle's shares needs {:.0f} % of the way from random to perfect to be as accurate.",
        100 * skill.get<double>());
  }
  return text + "\n";
}

std::string SignalTable(const Json& diagnosis, TableDetail detail) {
  const Json& signal = diagnosis.at("signal");
  const std::string cheapest = diagnosis.at("headroom").at("cheapest").at("candidate");
  const std::string best = diagnosis.at("headroom").at("single_best").at("candidate");
  std::vector<Row> rows;
  for (const auto& [list, when] :
       {std::pair{"features", "before"}, {"premodels", "before"}, {"after_running", "after"}}) {
    for (const Json& one : signal.at(list)) {
      rows.push_back({one.at("name"), when, AucOf(one.at("right"), cheapest, detail),
                      AucOf(one.at("right"), best, detail), AucOf(one.at("wrong_while_best_right"), cheapest, detail)});
    }
  }
  if (rows.empty()) return "";
  if (detail == TableDetail::kShort) {
    return FormatTable({"signal (AUC, chance is 0.5)", "known", "cheapest right", "best right", "only best right"},
                       rows);
  }
  return FormatTable({"signal (AUC, chance is 0.5)", "known", "`" + cheapest + "` is right", "`" + best + "` is right",
                      "only `" + best + "` is right"},
                     rows, detail);
}

/// "1.84 [1.80, 1.88]".
std::string SpeedText(const Json& gain, TableDetail detail) {
  const Json& interval = gain.at("speedup_ci");
  std::string value = fmt::format("{:.2f}", gain.at("speedup").get<double>());
  if (detail == TableDetail::kShort) return value;
  return fmt::format("{} [{:.2f}, {:.2f}]", value, interval[0].get<double>(), interval[1].get<double>());
}

/// Which part of each gain the best derived candidate brings alone, and which selecting adds; empty where there is
/// none.
std::string PartsText(const Json& derived, const Json& answer) {
  std::string parts;
  for (const Json& gain : answer.at("gains")) {
    if (derived.is_null() || gain.at("go") != true) continue;
    const double speedup = gain.at("speedup");
    const double alone = derived.at("speedup");
    parts += fmt::format(
        "{} {}: of {:+.2f} points at {:.2f}×,\n  `{}` alone brings {:+.2f} at {:.2f}×; selecting adds "
        "{} points at {:.2f}× its speed.\n",
        gain.at("policy").get<std::string>(), gain.at("point").get<std::string>(),
        gain.at("accuracy_gain_pp").get<double>(), speedup, derived.at("candidate").get<std::string>(),
        derived.at("accuracy_gain_pp").get<double>(), alone, Points(gain, "over_derived"), speedup / alone);
  }
  return parts;
}

std::string GainTable(const std::string& title, const Json& answer, TableDetail detail) {
  const bool full = detail == TableDetail::kFull;
  std::vector<Row> rows;
  for (const Json& gain : answer.at("gains")) {
    Row row{fmt::format("{} {}", gain.at("policy").get<std::string>(), gain.at("point").get<std::string>()),
            PercentCell(gain.at("accuracy")), Points(gain, "accuracy_gain"), Points(gain, "over_null")};
    if (full) row.push_back(Points(gain, "over_singles"));
    row.push_back(SpeedText(gain, detail));
    row.emplace_back(gain.at("go").get<bool>() ? "go" : gain.at("perhaps").get<bool>() ? "perhaps" : "no");
    rows.push_back(std::move(row));
  }
  const std::string verdict = answer.at("verdict");
  std::string text = fmt::format("{}: {}", title, verdict);
  if (const Json& reason = answer.at("reason"); !reason.is_null()) text += " (" + reason.get<std::string>() + ")";
  if (rows.empty()) return text + "\n";
  Row head{"policy", "right %", "over single best", "over its null"};
  if (full) head.emplace_back("over mix of singles");
  head.insert(head.end(), {"speed ×", "go?"});
  return text + "\n" + FormatTable(head, rows, detail);
}

}  // namespace

std::string DoctorText(const Json& diagnosis, TableDetail detail) {
  std::string text = diagnosis.at("summary").get<std::string>() + "\n\n";
  const auto all = diagnosis.at("source").at("images").get<std::size_t>();
  const auto seen = diagnosis.at("images").get<std::size_t>();
  text += fmt::format("{}{}, {} candidates\n\n", Counted(static_cast<std::int64_t>(seen), "image"),
                      seen < all ? fmt::format(" of {}", all) : "", diagnosis.at("candidates").size());
  text += HeadroomTable(diagnosis.at("headroom"), detail) + "\n";
  if (const std::string signal = SignalTable(diagnosis, detail); !signal.empty()) text += signal + "\n";
  const auto answered = [&](const char* title, const Json& answer) {
    return GainTable(title, answer, detail) + PartsText(diagnosis.at("headroom").at("derived_single"), answer);
  };
  text += answered("Selection before running", diagnosis.at("selection")) + "\n";
  text += answered("Stopping on confidence", diagnosis.at("stopping"));
  text +=
      "Gains are in points of accuracy, on images not learned from; the intervals of one table hold at\n"
      "once with 95 %.\n";
  return text;
}

}  // namespace amsel
