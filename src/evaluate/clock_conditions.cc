#include "evaluate/clock_conditions.h"

#include <algorithm>
#include <optional>
#include <set>

namespace amsel {

Json EnergyConditions(const EnergyReport& report, std::size_t images) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"source", report.source},
          {"how", report.how},
          {"block_s", report.block_s},
          {"repetitions", report.repetitions},
          {"images", images},
          {"idle_before_w", number(report.idle_before_w)},
          {"idle_after_w", number(report.idle_after_w)},
          {"sampling_overhead", report.sampling_overhead}};
}

std::string BackendsText(const std::vector<Placement>& placements) {
  std::set<std::string> all;
  for (const Placement& at : placements) {
    all.insert(IdentityText(IdentityOf(*at.backend, at.options)) + " " + at.backend->version());
  }
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
  return text;
}

int MostThreads(const std::vector<Placement>& placements) {
  int most = 1;
  for (const Placement& at : placements) most = std::max(most, at.options.threads);
  return most;
}

}  // namespace amsel
