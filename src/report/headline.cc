#include "report/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "meter/timed_run.h"
#include "report/rows.h"

namespace amsel {
namespace {

/// With a sign that is as wide as the plus.
std::string Signed(double value) {
  std::string digits = fmt::format("{:.2f}", std::abs(value));
  if (digits == "0.00") return digits;
  return (value < 0 ? "−" : "+") + digits;
}

std::string Ms(double ms) {
  return fmt::format("{:.{}f}\u00a0ms", ms, ms < 0.1 ? 4 : ms < 1 ? 3 : ms < 100 ? 2 : 0);
}

std::string Percent(double fraction) {
  return fmt::format("{:.2f}\u00a0%", 100 * fraction);
}

/// The interval, or an endless one where none was computed: then nothing is claimed.
std::pair<double, double> IntervalOf(const Json& object, const char* key) {
  const Json interval = FieldOrNull(object, key);
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  if (interval.is_null()) return {-kUnknown, kUnknown};
  return {interval[0].get<double>(), interval[1].get<double>()};
}

std::string IntervalInWords(const Json& object, const char* key, bool with_sign) {
  const auto [low, high] = IntervalOf(object, key);
  if (!std::isfinite(low) || !std::isfinite(high)) return "no interval";
  const auto text = [&](double value) { return with_sign ? Signed(value) : fmt::format("{:.2f}", value); };
  return fmt::format("95\u00a0% interval {} to {}", text(low), text(high));
}

/// "it is 5.78 points more accurate (…) and 1.83 times as fast (…)".
std::string ComparisonInWords(const std::string& other, const Json& compared) {
  const auto [gain_low, gain_high] = IntervalOf(compared, "accuracy_gain_ci95_pp");
  const auto [speed_low, speed_high] = IntervalOf(compared, "speedup_ci95");
  const double gain = compared.at("accuracy_gain_pp");
  const double speedup = compared.at("speedup");
  std::string accuracy = fmt::format("not shown to differ in accuracy ({} points, ", Signed(gain));
  if (gain_low > 0) accuracy = fmt::format("{:.2f} points more accurate (", gain);
  if (gain_high < 0) accuracy = fmt::format("{:.2f} points less accurate (", -gain);
  std::string speed = fmt::format("not shown to differ in speed ({:.2f}×, ", speedup);
  if (speed_low > 1) speed = fmt::format("{:.2f} times as fast (", speedup);
  if (speed_high < 1) speed = fmt::format("slower, at {:.2f} times the speed (", speedup);
  return fmt::format("Against {}, it is {}{}) and {}{}).", other, accuracy,
                     IntervalInWords(compared, "accuracy_gain_ci95_pp", true), speed,
                     IntervalInWords(compared, "speedup_ci95", false));
}

/// What a gauge draws: an interval on a scale with a reference mark.
Json Gauge(const Json& compared, const char* interval, double value, double reference, double end,
           const std::string& meaning) {
  auto [low, high] = IntervalOf(compared, interval);
  if (!std::isfinite(low) || !std::isfinite(high)) low = high = value;
  return {{"low", low},
          {"value", value},
          {"high", high},
          {"reference", reference},
          {"from", std::min({reference, low, value})},
          {"to", std::max({end, high, value})},
          {"end", end},
          {"meaning", meaning}};
}

Json GainTile(const Json& results, const Json& headline) {
  const double gain = headline.at("accuracy_gain_pp");
  const std::string best = results.at("single_best");
  Json tile = {{"label", "Accuracy against the single best"},
               {"value", Signed(gain)},
               {"unit", "points"},
               {"note", IntervalInWords(headline, "accuracy_gain_ci95_pp", true)}};
  const Json* single = FindRow(results, best);
  const Json bound_name = FieldOrNull(headline, "bound");
  const Json* bound = bound_name.is_string() ? FindRow(results, bound_name) : nullptr;
  if (single == nullptr || bound == nullptr) return tile;
  const double room = 100 * (bound->at("top1").get<double>() - single->at("top1").get<double>());
  tile["gauge"] = Gauge(headline, "accuracy_gain_ci95_pp", gain, 0, room,
                        fmt::format("0 is the single best, {} the {}", Signed(room), bound_name.get<std::string>()));
  return tile;
}

Json SpeedTile(const Json& headline) {
  const double speed = headline.at("speedup");
  Json tile = {{"label", "Speed against the single best"},
               {"value", fmt::format("{:.2f}×", speed)},
               {"note", IntervalInWords(headline, "speedup_ci95", false)}};
  const auto ceiling = NumberIn(headline, "ceiling");
  if (!ceiling) return tile;
  tile["note"] = fmt::format("{}; ceiling {:.2f}×", tile["note"].get<std::string>(), *ceiling);
  tile["gauge"] =
      Gauge(headline, "speedup_ci95", speed, 1, *ceiling,
            fmt::format("1 is the single best, {:.2f} the cheapest candidate alone: no policy is faster", *ceiling));
  return tile;
}

void AddHeadroom(const Json& headline, Json& tiles) {
  const auto recovered = NumberIn(headline, "headroom_recovered");
  if (!recovered) return;
  const Json bound = FieldOrNull(headline, "bound");
  std::string note =
      fmt::format("of the way, in accuracy, from the single best to the {}, which knows the right answers",
                  bound.is_string() ? bound.get<std::string>() : "bound");
  if (*recovered < 0) note += "; below 0, since fewer answers are right than the single best's";
  tiles.push_back({{"label", "Headroom recovered"},
                   {"value", fmt::format("{}{:.1f}", *recovered < 0 ? "−" : "", std::abs(100 * *recovered))},
                   {"unit", "%"},
                   {"note", std::move(note)}});
}

void AddTail(const Json& results, const Json& headline, Json& tiles) {
  const Json* policy = FindRow(results, headline.at("policy"));
  const Json* single = FindRow(results, results.at("single_best"));
  if (policy == nullptr || single == nullptr) return;
  const auto own = NumberIn(policy->at("latency_ms"), "p99");
  const auto other = NumberIn(single->at("latency_ms"), "p99");
  if (!own || !other) return;
  tiles.push_back(
      {{"label", "99 of 100 images answered within"},
       {"value", Ms(*own)},
       {"note", fmt::format("the single best: {}; means {} and {}", Ms(*other), Ms(policy->at("latency_ms").at("mean")),
                            Ms(single->at("latency_ms").at("mean")))}});
}

std::string Identity(const Json& results, const Json& headline) {
  const std::string policy = headline.at("policy");
  std::string text = "The policy is " + policy;
  if (const Json* row = FindRow(results, policy)) {
    text = fmt::format("The policy {} answers {} of the images right", policy, Percent(row->at("top1")));
    const Json interval = FieldOrNull(*row, "top1_ci95");
    if (!interval.is_null())
      text += fmt::format(" (95\u00a0% interval {} to {})", Percent(interval[0]), Percent(interval[1]));
    text += fmt::format(", in {} on average", Ms(row->at("latency_ms").at("mean")));
  }
  return text + ".";
}

/// What else the machine did while this was clocked; empty where nothing was.
std::string LoadInWords(const Json& results) {
  const Json conditions = FieldOrNull(results, "conditions");
  const auto load = conditions.is_object() ? NumberIn(conditions, "load_average") : std::nullopt;
  if (!load) return "";
  constexpr double kBusy = 0.5;
  return fmt::format("The machine's load before this was clocked: {:.2f}{}.", *load,
                     *load > kBusy ? ", so others were at work: trust ratios, not times" : ", so it was quiet");
}

/// Empty where few runs were disturbed, or it is not known how many.
std::string DisturbedInWords(const Json& results) {
  const auto share = NumberIn(FieldOrNull(results, "conditions"), "disturbed_runs");
  if (!share || *share <= kManyDisturbed) return "";
  const Json source = FieldOrNull(results, "source");
  const bool recorded = source.is_object() && source.contains("profile");
  return DisturbedText(*share) + (recorded ? "; they are left out of the times." : ": trust ratios, not times.");
}

/// What a derived candidate does alone, without any selection: "The derived single, x-int8: −0.52
/// points against the single best (…), at 1.88 times its speed (…)."
std::string DerivedAlone(const std::string& name, const Json& alone) {
  return fmt::format(
      "The derived single, {}: {} points against the single best ({}), at {:.2f} times its "
      "speed ({}).",
      name, Signed(alone.at("accuracy_gain_pp")), IntervalInWords(alone, "accuracy_gain_ci95_pp", true),
      alone.at("speedup").get<double>(), IntervalInWords(alone, "speedup_ci95", false));
}

bool HasComparison(const Json& headline, const char* key) {
  return FieldOrNull(headline, key).is_object();
}

}  // namespace

Json HeadlineInWords(const Json& results) {
  const Json headline = FieldOrNull(results, "headline");
  if (headline.is_null()) return nullptr;
  const std::string policy = headline.at("policy");
  const std::string best = results.at("single_best");
  Json sentences = Json::array({Identity(results, headline)});
  sentences.push_back(ComparisonInWords(fmt::format("the single best, {}", best), headline));
  if (HasComparison(headline, "vs_efficient") && headline.at("vs_efficient").at("row") != best) {
    const Json& compared = headline.at("vs_efficient");
    sentences.push_back(
        ComparisonInWords(fmt::format("the efficient single, {}", compared.at("row").get<std::string>()), compared));
  }
  if (HasComparison(headline, "vs_adapted")) {
    const Json& compared = headline.at("vs_adapted");
    sentences.push_back(
        ComparisonInWords(fmt::format("the best adapted single, {}", compared.at("row").get<std::string>()), compared));
  }
  if (HasComparison(headline, "vs_derived")) {
    const Json& compared = headline.at("vs_derived");
    const std::string name = DerivedName(results, compared.at("row"));
    if (HasComparison(compared, "alone")) sentences.push_back(DerivedAlone(name, compared.at("alone")));
    sentences.push_back(ComparisonInWords("the derived single", compared));
  }
  if (std::string load = LoadInWords(results); !load.empty()) sentences.push_back(std::move(load));
  if (const auto cold = NumberIn(FieldOrNull(headline, "cold"), "speedup")) {
    sentences.push_back(fmt::format(
        "Where both run right after another candidate, whose work leaves cold caches, it is {:.2f} times as fast "
        "as the single best ({}).",
        *cold, IntervalInWords(headline.at("cold"), "speedup_ci95", false)));
  }
  if (const std::string disturbed = DisturbedInWords(results); !disturbed.empty()) sentences.push_back(disturbed);
  Json tiles = Json::array({GainTile(results, headline), SpeedTile(headline)});
  AddHeadroom(headline, tiles);
  AddTail(results, headline, tiles);
  return {{"policy", policy}, {"sentences", sentences}, {"tiles", tiles}};
}

Json ComparisonTable(const Json& results) {
  const Json headline = FieldOrNull(results, "headline");
  if (headline.is_null()) return nullptr;
  Json rows = Json::array();
  const auto add = [&](const std::string& role, const std::string& name, const Json& compared) {
    const Json gain = FieldOrNull(compared, "accuracy_gain_ci95_pp");
    const Json speed = FieldOrNull(compared, "speedup_ci95");
    const auto end = [](const Json& interval, std::size_t i) { return interval.is_null() ? Json() : interval[i]; };
    rows.push_back(Json::array({role, name, compared.at("accuracy_gain_pp"), end(gain, 0), end(gain, 1),
                                compared.at("speedup"), end(speed, 0), end(speed, 1)}));
  };
  add("single best", results.at("single_best"), headline);
  for (const auto& [role, key] : {std::pair{"efficient single", "vs_efficient"},
                                  {"best adapted single", "vs_adapted"},
                                  {"derived single", "vs_derived"}}) {
    if (!HasComparison(headline, key)) continue;
    const Json& compared = headline.at(key);
    if (compared.at("row") == results.at("single_best") && std::string(key) == "vs_efficient") continue;
    const bool derived = std::string(key) == "vs_derived";
    const std::string row = compared.at("row");
    add(role, derived ? DerivedName(results, row) : row, compared);
  }
  const auto column = [](const char* name, const char* format) { return Json{{"name", name}, {"format", format}}; };
  return {{"columns",
           {column("against", "text"), column("row", "text"), column("gain", "points"),
            column("gain, 95 % low", "points"), column("gain, 95 % high", "points"), column("speed", "ratio"),
            column("speed, 95 % low", "ratio"), column("speed, 95 % high", "ratio")}},
          {"rows", rows}};
}

}  // namespace amsel
