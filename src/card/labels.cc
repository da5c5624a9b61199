#include "card/labels.h"

#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "base/status_macros.h"

namespace amsel {

Result<std::vector<std::string>> ReadLabels(const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(std::string text, ReadFile(file, std::uint64_t{64} << 20));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || text.find('\0') != std::string::npos) {
    return BadInput(file + ": is not plain UTF-8 (UTF-16?); save it as UTF-8");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  text.erase(text.find_last_not_of(" \t\r\n") + 1);  // all of it, where nothing else is there
  std::vector<std::string> labels;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) return BadInput(file + ": line " + std::to_string(labels.size() + 1) + " is empty");
    if (!IsUtf8(line)) return BadInput(file + ": line " + std::to_string(labels.size() + 1) + " is not UTF-8");
    labels.push_back(line);
  }
  if (labels.size() < 2) return BadInput(file + ": expected at least two labels, one a line");
  return labels;
}

}  // namespace amsel
