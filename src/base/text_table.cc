#include "base/text_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "base/output.h"

namespace amsel {
namespace {

/// Width on a terminal of UTF-8 text without wide characters: its code points.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::size_t> WidthsOf(const Rows& table) {
  std::vector<std::size_t> widths(table.front().size());
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  return widths;
}

/// What is left of kTableColumns for the first column.
std::size_t RoomForFirst(const std::vector<std::size_t>& widths) {
  std::size_t others = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) others += 2 + widths[i];
  return kTableColumns - std::min(kTableColumns, others);
}

/// Puts first cells that are wider than `room` on lines of their own.
Rows WithNamesAbove(const Rows& table, std::size_t room) {
  Rows rows;
  for (const auto& row : table) {
    const bool above = row.size() > 1 && Width(row.front()) > room;
    if (above) rows.push_back({row.front()});
    rows.push_back(row);
    if (above) rows.back().front().clear();
  }
  return rows;
}

/// Whether the last of many columns holds words.
bool EndsInWords(const Rows& rows, std::size_t columns) {
  return columns > 2 && std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
           return row.size() == columns && !row.back().empty() &&
                  std::isalpha(static_cast<unsigned char>(row.back()[0])) != 0;
         });
}

}  // namespace

std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                        TableDetail detail) {
  Rows table{header};
  table.insert(table.end(), rows.begin(), rows.end());
  for (auto& row : table) {
    for (std::string& cell : row) cell = Visible(cell);
  }
  std::vector<std::size_t> widths = WidthsOf(table);
  if (const std::size_t room = RoomForFirst(widths); detail == TableDetail::kShort && widths.front() > room) {
    table = WithNamesAbove(table, room);
    widths.front() = 0;
    for (const auto& row : table) {
      if (row.size() > 1) widths.front() = std::max(widths.front(), Width(row.front()));
    }
  }
  const bool words_last = EndsInWords(rows, header.size());
  std::string text;
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - std::min(widths[i], Width(row[i])), ' ');
      const bool left = i == 0 || (i + 1 == header.size() && words_last);
      line += (i > 0 ? "  " : "") + (left ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string Counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string MsText(double ms) {
  const double size = std::abs(ms);
  const int digits = size < 1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, ms);
  return text.data();
}

}  // namespace amsel
