// Tables for people, from results.json alone.
#pragma once

#include <string>

#include "base/json.h"
#include "base/text_table.h"

namespace amsel {

/// The table and the headline of an evaluation (schema amsel.evaluation/1).
std::string EvaluationTable(const Json& results, TableDetail detail);

}  // namespace amsel
