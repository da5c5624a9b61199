// The table that stands for a figure: for those who cannot see it, and for other tools.
#pragma once

#include <string>

#include "base/json.h"

namespace amsel {

/// {"columns": [{"name", "format"}], "rows": [[cell…]…]} with all numbers that `figure` shows. The figure was checked.
Json FigureTable(const Json& figure);

/// RFC 4180 with a line of headings; numbers in full precision, nothing where a cell is null.
std::string TableToCsv(const Json& table);

}  // namespace amsel
