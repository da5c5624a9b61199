// Comma-separated values (RFC 4180) as people keep them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

struct CsvRow {
  int line = 0;  ///< where it begins in the file, from 1
  std::vector<std::string> fields;
};

/// All rows, the header included, as UTF-8. The text is UTF-8, its byte-order mark skipped, or UTF-16 with such a mark.
/// Lines end as the first one does: in LF or CRLF, or in CR alone. Fields are separated by commas; by semicolons or
/// tabs where the first line has these alone. Refused, naming `file` and line: both of these, an unfinished quote, text
/// after a closing quote, a line that ends otherwise, a NUL byte, broken UTF-16.
Result<std::vector<CsvRow>> ParseCsv(std::string_view text, const std::string& file);

}  // namespace amsel
