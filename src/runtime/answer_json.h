// Answers and explanations as JSON (docs/formats/results.md): what the command line and the C API print alike.
#pragma once

#include <string>
#include <vector>

#include "amsel/engine.h"
#include "base/json.h"

namespace amsel {

/// "extract", "run", "answer" or "abstain".
const char* DecisionName(Step::Kind kind);

/// The operating point that gave the answer, which need not be the engine's any more.
const OperatingPoint& PointThatAnswered(const Answer& answer, const Engine& engine);

/// All but the image's path.
Json AnswerToJson(const Answer& answer, const Engine& engine);

/// The same with `steps` and `planned`.
Json ExplainedToJson(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine);

/// The decisions, in order.
Json StepsToJson(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine);

/// Of the operating point: the planned figures and the certificates that hold.
Json PlanToJson(const OperatingPoint& point);

/// On one line; bytes that are not UTF-8 are replaced.
std::string JsonLine(const Json& json);

}  // namespace amsel
