// Comma-separated values (RFC 4180): quoted fields, CRLF or LF.
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

/// All rows, the header included. A UTF-8 byte-order mark is skipped. Refused, naming `file` and line: an unfinished
/// quote, text after a closing quote, a NUL byte.
Result<std::vector<CsvRow>> ParseCsv(std::string_view text, const std::string& file);

}  // namespace amsel
