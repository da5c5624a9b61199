// Requirements on an evaluation, for checks in a CI: "accuracy>=single-best", "speedup>=1.8@95".
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"
#include "base/json.h"

namespace amsel {

/// One requirement on the headline policy of an evaluation.
struct Requirement {
  enum class Figure { kAccuracy, kSpeedup, kLatencyMs };
  std::string text;
  Figure figure = Figure::kAccuracy;
  bool at_least = true;      ///< or at most
  bool single_best = false;  ///< compared with the single best's accuracy rather than with `value`
  double value = 0;
  bool bound = false;  ///< the end of the 95 % interval must hold, not the estimate alone
};

/// What came of it, with the figure that was compared.
struct RequirementOutcome {
  std::string text;
  bool holds = false;
  std::string figures;  ///< for people
};

/// FIGURE>=VALUE or FIGURE<=VALUE, with `@95` at the end for the interval; FIGURE is accuracy (VALUE in 0..1 or
/// single-best), speedup or latency_ms (mean; has no interval).
Result<Requirement> ParseRequirement(const std::string& text);

/// Checks requirements on the headline of `results` (amsel.evaluation/1). Error where it has no headline.
Result<std::vector<RequirementOutcome>> CheckRequirements(const Json& results,
                                                          const std::vector<Requirement>& requirements);

}  // namespace amsel
