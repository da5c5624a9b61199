// A bare table of outcomes, as a user has it without amsel (docs/formats/outcomes.md).
#pragma once

#include <string>
#include <string_view>

#include "evaluate/doctor_table.h"

namespace amsel {

/// Reads a table with a row an image (`NAME:correct`, `NAME:ms`, `NAME:confidence`) or a row an image and candidate
/// (`id,candidate,correct,ms,confidence`). Faults name `file`, line and column.
Result<DoctorTable> ParseOutcomesCsv(std::string_view text, const std::string& file);

}  // namespace amsel
