// The figures that every evaluation has.
#pragma once

#include "base/json.h"

namespace amsel {

/// The accuracy-latency plane, the tail, the shares and all rows as sections of figures (docs/formats/results.md). The
/// results were checked.
Json StandardSections(const Json& results);

}  // namespace amsel
