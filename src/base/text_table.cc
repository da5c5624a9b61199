#include "base/text_table.h"

#include <algorithm>

#include "base/output.h"

namespace amsel {
namespace {

/// Width on a terminal of UTF-8 text without wide characters: its code points.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> table{header};
  table.insert(table.end(), rows.begin(), rows.end());
  std::vector<std::size_t> widths(header.size());
  for (auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = Visible(row[i]);
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - Width(row[i]), ' ');
      const bool left = i == 0 || (i + 1 == header.size() && i > 1);
      line += (i > 0 ? "  " : "") + (left ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace amsel
