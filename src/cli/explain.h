// The explanation of an answer: for people, and for machines.
#pragma once

#include <string>
#include <vector>

#include "amsel/engine.h"
#include "base/json.h"

namespace amsel {

/// Decision by decision: what had run, what was weighed, what was decided; then the operating point's plan, the
/// certificates that hold, problems, and the time of each part.
std::string ExplanationText(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine);

/// The decisions, in order (docs/formats/results.md).
Json StepsToJson(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine);

/// Of the operating point: the planned figures and the certificates that hold.
Json PlanToJson(const OperatingPoint& point);

}  // namespace amsel
