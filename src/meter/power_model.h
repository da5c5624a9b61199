// Energy that is not measured but estimated, from a power that the user states. Never used unless asked for, and always
// labelled.
#pragma once

#include <optional>
#include <string>

#include "amsel/result.h"

namespace amsel {

/// How the sources of estimates begin.
inline constexpr const char* kEstimate = "estimate";

struct PowerModel {
  double watts = 0;                  ///< while candidates run
  std::optional<double> idle_watts;  ///< while nothing runs; at most `watts`

  double Millijoules(double milliseconds) const { return watts * milliseconds; }
  std::optional<double> MillijoulesAboveIdle(double milliseconds) const {
    return idle_watts ? std::optional((watts - *idle_watts) * milliseconds) : std::nullopt;
  }
};

/// Reads "watts=6.5" or "watts=6.5,idle_watts=2".
Result<PowerModel> ParsePowerModel(const std::string& text);

/// "estimate: time x 6.5 W, 2 W when idle": what stands beside figures as their source.
std::string SourceOf(const PowerModel& model);

}  // namespace amsel
