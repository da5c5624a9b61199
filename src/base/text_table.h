// Tables of text for people.
#pragma once

#include <string>
#include <vector>

namespace amsel {

/// Columns padded to one width; the first is left-aligned, the others right-aligned, except that the last of more than
/// two is left-aligned. Rows may not be longer than the header. Cells are shown by Visible().
std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

}  // namespace amsel
