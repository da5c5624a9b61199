// Tables of text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace amsel {

/// How much a table shows: what most people look for, within kTableColumns, or all there is, however wide.
enum class TableDetail { kShort, kFull };

inline constexpr std::size_t kTableColumns = 100;

/// Columns padded to one width; the first is left-aligned, the others right-aligned, except that the last of more than
/// two is left-aligned where it holds words. Rows may not be longer than the header. Cells are shown by Visible(). With
/// kShort, a first cell that would widen the table beyond kTableColumns stands on a line of its own.
std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                        TableDetail detail = TableDetail::kShort);

/// "1 image", "2 images".
std::string Counted(std::int64_t count, const std::string& what);

/// Milliseconds with the digits that mean something: "0.0531", "6.227", "62.27", "584.2", "1280".
std::string MsText(double ms);

}  // namespace amsel
