#include "cli/outputs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "bundle/bundle.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// What a path names, whatever the path.
using FileId = std::pair<dev_t, ino_t>;

/// False where nothing is there.
bool Identify(const std::string& path, FileId& id) {
  struct stat info{};
  if (path.empty() || ::stat(path.c_str(), &info) != 0) return false;
  id = {info.st_dev, info.st_ino};
  return true;
}

bool Names(const std::string& path, const FileId& id) {
  FileId own;
  return Identify(path, own) && own == id;
}

bool LiesIn(const std::string& path, const std::string& folder) {
  std::error_code failure;
  const fs::path inner = fs::canonical(path, failure);
  if (failure) return false;
  const fs::path outer = fs::canonical(folder, failure);
  return !failure && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// Whether what is to be written at `path` could be, before long work is done for it.
Status CheckWritable(const std::string& path) {
  std::error_code ignored;  // what cannot be asked for is not there
  fs::path above = fs::absolute(path, ignored).parent_path();
  while (!fs::exists(above, ignored) && above.has_relative_path()) above = above.parent_path();
  if (!fs::is_directory(above, ignored)) {
    return RuntimeFailure(path + ": cannot be written: " + above.string() + " is not a folder");
  }
  if (::access(above.c_str(), W_OK) == 0) return {};
  return RuntimeFailure(path + ": cannot be written: " + above.string() + ": " + std::strerror(errno));
}

}  // namespace

Status KeepInputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  std::map<FileId, std::string> seen;
  for (const std::string& output : outputs) {
    std::error_code ignored;
    FileId id;
    if (!Identify(output, id) || fs::is_character_file(output, ignored)) continue;  // nothing is lost there
    for (const std::string& input : inputs) {
      if (Names(input, id)) return UsageError(output + ": is read, and would be overwritten; choose another output");
    }
    if (const auto [other, is_new] = seen.emplace(id, output); !is_new) {
      return UsageError(output + ": is the same file as " + other->second + "; both are to be written");
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].empty() && std::count(outputs.begin(), outputs.end(), outputs[i]) > 1) {
      return UsageError(outputs[i] + ": two different things are to be written there");
    }
  }
  return {};
}

Status CheckBundleOut(const std::string& path, bool force, const std::vector<std::string>& inputs) {
  AMSEL_RETURN_IF_ERROR(CheckWritable(path));
  std::error_code ignored;
  if (!force && fs::exists(path, ignored)) return UsageError(path + ": exists; give --force to replace it");
  for (const std::string& input : inputs) {
    if (!input.empty() && LiesIn(input, path)) {
      return UsageError(path + ": holds " + input + ", which is read and would be lost; choose another output");
    }
  }
  return CheckReplaceable(path);
}

}  // namespace amsel
