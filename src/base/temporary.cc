#include "base/temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string_view>

namespace amsel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";
constexpr std::size_t kDigits = 16;

std::string NewName(const std::string& path) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string name = path + std::string(kMark);
  for (std::size_t i = 0; i < kDigits; ++i) name += kHex[random() % 16];
  return name;
}

/// Whether `name` is one that NewName gives for what is called `of`.
bool IsTemporaryOf(const std::string& name, const std::string& of) {
  if (name.size() != of.size() + kMark.size() + kDigits || !name.starts_with(of + std::string(kMark))) return false;
  return name.find_first_not_of("0123456789abcdef", of.size() + kMark.size()) == std::string::npos;
}

/// Removes `path` if this user made it and nobody has it in the making.
void RemoveIfLeft(const std::string& path) {
  const Descriptor left(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!left.ok() || ::fstat(left.get(), &info) != 0 || info.st_uid != ::geteuid()) return;
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
  if (::flock(left.get(), LOCK_EX | LOCK_NB) != 0 || !left.IsNamed(path, AT_SYMLINK_NOFOLLOW)) return;
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void Sweep(const std::string& path) {
  const fs::path target(path);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const std::string of = target.filename().string();
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (IsTemporaryOf(entry->path().filename().string(), of)) RemoveIfLeft(entry->path().string());
  }
}

/// `make` gives what is open on a new thing of the name it is given, or -1.
Result<Temporary> Make(const std::string& path, const std::function<int(const std::string&)>& make) {
  Sweep(path);
  constexpr int kTries = 100;
  for (int tries = 0; tries < kTries; ++tries) {
    const std::string name = NewName(path);
    Descriptor lock(make(name));
    if (!lock.ok() && errno == EEXIST) continue;
    if (!lock.ok()) break;
    ::flock(lock.get(), LOCK_EX);  // some file systems have no locks, and no sweeping
    if (lock.IsNamed(name, AT_SYMLINK_NOFOLLOW))
      return Temporary{name, std::move(lock)};  // else it was swept before the lock was had
  }
  return RuntimeFailure(path + ": cannot be written: " + std::strerror(errno));
}

}  // namespace

Result<Temporary> MakeTemporaryFile(const std::string& path, unsigned mode) {
  return Make(path, [mode](const std::string& name) {
    return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  });
}

Result<Temporary> MakeTemporaryFolder(const std::string& path) {
  return Make(path, [](const std::string& name) {
    if (::mkdir(name.c_str(), 0777) != 0) return -1;
    return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  });
}

}  // namespace amsel
