// The headline of an evaluation in words.
#pragma once

#include "base/json.h"

namespace amsel {

/// {"sentences": […], "tiles": [{"label", "value", "note", "gauge"?}]}; null when the results have no headline. A gain
/// or a loss is claimed only where its 95 % interval leaves zero out. The results were checked.
Json HeadlineInWords(const Json& results);

/// The headline against each yardstick, as the data of a figure of kind `table`. Null without a headline.
Json ComparisonTable(const Json& results);

}  // namespace amsel
