// Tables for people, from results.json alone.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace amsel {

/// Columns padded to one width; the first is left-aligned, the others right-aligned. Rows may not be longer than the
/// header.
std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// The table and the headline of an evaluation (schema amsel.evaluation/1).
std::string EvaluationTable(const Json& results);

}  // namespace amsel
