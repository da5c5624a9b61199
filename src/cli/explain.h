// The explanation of an answer, for people; runtime/answer_json.h has it for machines.
#pragma once

#include <string>
#include <vector>

#include "amsel/engine.h"

namespace amsel {

/// Decision by decision: what had run, what was weighed, what was decided; then the operating point's plan, the
/// certificates that hold, problems, and the time of each part.
std::string ExplanationText(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine);

}  // namespace amsel
