// A file of labels: one class a line.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// Blanks at the end of a line, blank lines at the end and a byte order mark at the start are dropped. The error names
/// the file, and where one is wrong the line.
Result<std::vector<std::string>> ReadLabels(const std::string& file);

}  // namespace amsel
