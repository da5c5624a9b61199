// Whether a file is results that a report can be made of.
#pragma once

#include <string>

#include "amsel/result.h"
#include "base/json.h"

namespace amsel {

/// Whether `results` has what a report needs (schema amsel.evaluation/1, docs/formats/results.md), its own figures and
/// its study included. Fields that may be missing and fields that nobody knows are passed over; the error names `file`
/// and the field.
Status CheckResults(const Json& results, const std::string& file);

}  // namespace amsel
