// A bare table of outcomes, as a user has it without amsel (docs/formats/outcomes.md).
#pragma once

#include <string>
#include <string_view>

#include "amsel/result.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// Reads a table without log-probabilities, classes and features: one with a row an image (`NAME:correct`, `NAME:ms`,
/// `NAME:confidence`) or a row an image and candidate (`id,candidate,correct,ms,confidence`), and in both `group`,
/// `weight` and `split`. Faults name `file`, line and column.
Result<Outcomes> ParseOutcomesCsv(std::string_view text, const std::string& file);

}  // namespace amsel
