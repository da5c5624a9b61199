#include "base/plain_name.h"

#include <string>

#include "base/json.h"

namespace amsel {

bool IsPlainName(std::string_view name) {
  constexpr std::size_t kLongest = 240;  // of the 255 that file systems take: endings are put behind it
  constexpr std::string_view kOdd("/\\\n\r\0", 5);
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
         name.find_first_of(kOdd) == std::string_view::npos && IsUtf8(std::string(name));
}

bool IsPlainPath(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!IsPlainName(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace amsel
