#include "meter/power_model.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace amsel {
namespace {

std::optional<double> ParseWatts(std::string_view text) {
  double watts = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), watts);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(watts) && watts >= 0 ? std::optional(watts) : std::nullopt;
}

std::string WattsText(double watts) {
  char text[32];
  std::snprintf(text, sizeof text, "%g W", watts);
  return text;
}

}  // namespace

Result<PowerModel> ParsePowerModel(const std::string& text) {
  const Error fault = UsageError("power model \"" + text +
                                 "\": expected watts=W, or watts=W,idle_watts=W with numbers of 0 or more, the second "
                                 "at most the first");
  std::optional<double> watts;
  std::optional<double> idle;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return fault;
    const std::string_view key = part.substr(0, equals);
    std::optional<double>& value = key == "watts" ? watts : idle;
    if ((key != "watts" && key != "idle_watts") || value) return fault;
    value = ParseWatts(part.substr(equals + 1));
    if (!value) return fault;
  }
  if (!watts || *watts <= 0 || (idle && *idle > *watts)) return fault;
  return PowerModel{*watts, idle};
}

std::string SourceOf(const PowerModel& model) {
  return std::string(kEstimate) + ": time x " + WattsText(model.watts) +
         (model.idle_watts ? ", " + WattsText(*model.idle_watts) + " when idle" : "");
}

}  // namespace amsel
