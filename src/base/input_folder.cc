#include "base/input_folder.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <optional>
#include <vector>

#include "base/plain_name.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kMostLinks = 40;  // as Linux follows

void PutInFront(const std::string& path, std::deque<std::string>& parts) {
  std::vector<std::string> added(1);
  for (const char c : path) {
    if (c == '/') {
      added.emplace_back();
    } else {
      added.back() += c;
    }
  }
  parts.insert(parts.begin(), added.begin(), added.end());
}

/// Where the link `name` leads; nothing where it is no link.
std::optional<std::string> LinkAt(int folder, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  if (length < 0) return std::nullopt;
  target.resize(static_cast<std::size_t>(length));
  return target;
}

}  // namespace

Result<InputFolder> InputFolder::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return BadInput(path + ": cannot be opened: " + std::strerror(errno));
  return InputFolder(path, fd);
}

bool InputFolder::Has(const std::string& name) const {
  return IsPlainName(name) && ::faccessat(fd_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<InputFile> InputFolder::OpenFile(const std::string& name) const {
  const std::string file = path_ + "/" + name;
  const auto leads_out = [&] { return BadInput(file + ": leads out of its folder, or nowhere"); };
  if (!IsPlainPath(name)) return leads_out();
  std::vector<Descriptor> below;  // the folders on the way, the innermost last
  std::deque<std::string> parts;
  PutInFront(name, parts);
  for (int links = 0; !parts.empty();) {
    const std::string part = std::move(parts.front());
    parts.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (below.empty()) return leads_out();
      below.pop_back();
      continue;
    }
    const int here = below.empty() ? fd_.get() : below.back().get();
    if (const std::optional<std::string> target = LinkAt(here, part)) {
      if (target->starts_with('/') || ++links > kMostLinks) return leads_out();
      PutInFront(*target, parts);
      continue;
    }
    if (parts.empty()) return InputFile::OpenAt(here, part, file);
    below.emplace_back(::openat(here, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.back().ok()) return BadInput(file + ": cannot be opened: " + std::strerror(errno));
  }
  return BadInput(file + ": is not a regular file");
}

Result<std::string> InputFolder::ReadFile(const std::string& name, std::uint64_t max_bytes) const {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, OpenFile(name));
  return file.ReadAll(max_bytes);
}

}  // namespace amsel
