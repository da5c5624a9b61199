#include "evaluate/require.h"

#include <cstdlib>
#include <limits>
#include <sstream>

#include "base/status_macros.h"

namespace amsel {
namespace {

/// An estimate with the ends of its interval.
struct Measured {
  double estimate = 0;
  double low = 0;
  double high = 0;
};

/// `interval` as results.json has it: null is endless.
Measured WithEnds(double estimate, const Json& interval) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  if (interval.is_null()) return {estimate, -kEndless, kEndless};
  return {estimate, interval[0], interval[1]};
}

Measured FigureOf(const Json& results, const Json& row, const Requirement& requirement) {
  const Json& headline = results.at("headline");
  switch (requirement.figure) {
    case Requirement::Figure::kSpeedup:
      return WithEnds(headline.at("speedup"), headline.at("speedup_ci95"));
    case Requirement::Figure::kLatencyMs: {
      const double mean = row.at("latency_ms").at("mean");
      return {mean, mean, mean};
    }
    case Requirement::Figure::kAccuracy:
      break;
  }
  if (!requirement.single_best) return WithEnds(row.at("top1"), row.at("top1_ci95"));
  return WithEnds(headline.at("accuracy_gain_pp"), headline.at("accuracy_gain_ci95_pp"));
}

}  // namespace

Result<Requirement> ParseRequirement(const std::string& text) {
  const auto refuse = [&] {
    return UsageError("--require " + text +
                      ": expected accuracy, speedup or latency_ms, then >= or <=, then a number (or single-best for "
                      "accuracy), and perhaps @95");
  };
  Requirement requirement;
  requirement.text = text;
  std::string rest = text;
  if (rest.ends_with("@95")) {
    requirement.bound = true;
    rest.resize(rest.size() - 3);
  }
  const std::size_t at = rest.find_first_of("<>");
  if (at == std::string::npos || at + 1 >= rest.size() || rest[at + 1] != '=') return refuse();
  requirement.at_least = rest[at] == '>';
  const std::string figure = rest.substr(0, at);
  const std::string value = rest.substr(at + 2);
  if (figure == "speedup") {
    requirement.figure = Requirement::Figure::kSpeedup;
  } else if (figure == "latency_ms") {
    requirement.figure = Requirement::Figure::kLatencyMs;
  } else if (figure != "accuracy") {
    return refuse();
  }
  if (requirement.bound && requirement.figure == Requirement::Figure::kLatencyMs) return refuse();
  if (value == "single-best" && requirement.figure == Requirement::Figure::kAccuracy) {
    requirement.single_best = true;
    return requirement;
  }
  char* end = nullptr;
  requirement.value = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') return refuse();
  return requirement;
}

Result<std::vector<RequirementOutcome>> CheckRequirements(const Json& results,
                                                          const std::vector<Requirement>& requirements) {
  const Json& headline = results.at("headline");
  if (headline.is_null()) return UsageError("--require needs a policy to be evaluated, and there is none");
  const Json* row = nullptr;
  for (const Json& candidate : results.at("rows")) {
    if (candidate.at("name") == headline.at("policy")) row = &candidate;
  }
  std::vector<RequirementOutcome> outcomes;
  for (const Requirement& requirement : requirements) {
    const Measured measured = FigureOf(results, *row, requirement);
    const double end = requirement.at_least ? measured.low : measured.high;
    const double compared = requirement.bound ? end : measured.estimate;
    const bool holds = requirement.at_least ? compared >= requirement.value : compared <= requirement.value;
    std::ostringstream figures;
    figures << headline.at("policy").get<std::string>() << ": "
            << (requirement.single_best ? "points over the single best " : "") << measured.estimate;
    if (measured.low != measured.high) figures << " [" << measured.low << ", " << measured.high << "]";
    outcomes.push_back({requirement.text, holds, figures.str()});
  }
  return outcomes;
}

}  // namespace amsel
