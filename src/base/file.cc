#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

Error SystemError(ErrorKind kind, const std::string& path, const std::string& what) {
  return {kind, path + ": " + what + ": " + std::strerror(errno)};
}

void SyncDirectory(const fs::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());  // best effort: some file systems refuse it
}

Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(ErrorKind::kRuntime, path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status Sync(int fd, const std::string& path) {
  if (::fsync(fd) != 0 && errno != EINVAL) return SystemError(ErrorKind::kRuntime, path, "cannot be synced");
  return {};
}

fs::path ParentOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

Result<InputFile> InputFile::FromDescriptor(Descriptor fd, std::string path) {
  if (!fd.ok()) return SystemError(ErrorKind::kBadInput, path, "cannot be opened");
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return SystemError(ErrorKind::kBadInput, path, "cannot be read");
  if (!S_ISREG(info.st_mode)) return BadInput(path + ": is not a regular file");
  return InputFile(std::move(path), std::move(fd), static_cast<std::uint64_t>(info.st_size));
}

Result<InputFile> InputFile::Open(const std::string& path) {
  return FromDescriptor(Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),  // no pipe is waited for
                        path);
}

Result<InputFile> InputFile::OpenAt(int folder, const std::string& name, std::string path) {
  const int fd = ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  return FromDescriptor(Descriptor(fd), std::move(path));
}

Status InputFile::ReadAt(std::uint64_t offset, std::size_t count, char* out) const {
  while (count > 0) {
    const ssize_t read = ::pread(fd_.get(), out, count, static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return SystemError(ErrorKind::kBadInput, path_, "cannot be read");
    if (read == 0) return BadInput(path_ + ": became shorter while it was read");
    out += read;
    offset += static_cast<std::uint64_t>(read);
    count -= static_cast<std::size_t>(read);
  }
  return {};
}

Result<std::string> InputFile::ReadAll(std::uint64_t max_bytes) const {
  if (size_ > max_bytes) return BadInput(path_ + ": is larger than " + std::to_string(max_bytes) + " bytes");
  std::string content(static_cast<std::size_t>(size_), '\0');
  AMSEL_RETURN_IF_ERROR(ReadAt(0, content.size(), content.data()));
  return content;
}

Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  return file.ReadAll(max_bytes);
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (fd.get() < 0) return SystemError(ErrorKind::kRuntime, path, "cannot be written");
  AMSEL_RETURN_IF_ERROR(WriteAll(fd.get(), path, bytes));
  return Sync(fd.get(), path);
}

Status CopyFile(const std::string& from, const std::string& to, const std::function<void(std::string_view)>& see) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(from));
  const Descriptor fd(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (fd.get() < 0) return SystemError(ErrorKind::kRuntime, to, "cannot be written");
  std::vector<char> piece(std::size_t{1} << 20);
  for (std::uint64_t done = 0; done < file.size();) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.size() - done));
    AMSEL_RETURN_IF_ERROR(file.ReadAt(done, count, piece.data()));
    see({piece.data(), count});
    AMSEL_RETURN_IF_ERROR(WriteAll(fd.get(), to, {piece.data(), count}));
    done += count;
  }
  return Sync(fd.get(), to);
}

namespace {

/// Into what takes bytes as they come: a device, or a pipe that somebody reads.
Status WriteThrough(const std::string& path, std::string_view bytes) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.ok() && errno == ENXIO) return UsageError(path + ": is a pipe that nobody reads");
  if (!fd.ok()) return SystemError(ErrorKind::kRuntime, path, "cannot be written");
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return WriteAll(fd.get(), path, bytes);
}

/// `mode` is that of what is replaced, or 0.
Status Replace(const std::string& path, std::string_view bytes, unsigned mode) {
  constexpr unsigned kUsualMode = 0644;
  AMSEL_ASSIGN_OR_RETURN(const Temporary temporary, MakeTemporaryFile(path, mode == 0 ? kUsualMode : 0600));
  Status written = WriteAll(temporary.lock.get(), path, bytes);
  if (written.ok()) written = Sync(temporary.lock.get(), path);
  if (written.ok() && mode != 0) ::fchmod(temporary.lock.get(), mode);  // best effort: some file systems have no modes
  if (written.ok() && ::rename(temporary.path.c_str(), path.c_str()) != 0) {
    written = SystemError(ErrorKind::kRuntime, path, "cannot be written");
  }
  if (!written.ok()) {
    ::unlink(temporary.path.c_str());
    return written;
  }
  SyncDirectory(ParentOf(path));
  return {};
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  struct stat named{};
  if (::lstat(path.c_str(), &named) != 0) return Replace(path, bytes, 0);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return UsageError(path + ": is a link that leads nowhere");
  if (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode)) return WriteThrough(path, bytes);
  if (S_ISDIR(info.st_mode)) return RuntimeFailure(path + ": cannot be written: it is a folder");
  if (!S_ISREG(info.st_mode)) return UsageError(path + ": is no regular file, and is not replaced");
  const unsigned mode = info.st_mode & 07777U;
  if (!S_ISLNK(named.st_mode)) return Replace(path, bytes, mode);
  std::error_code failure;
  const fs::path target = fs::canonical(path, failure);
  if (failure) return UsageError(path + ": is a link that leads nowhere");
  return Replace(target.string(), bytes, mode);
}

StagedDirectory::StagedDirectory(Temporary staged, std::string final_path)
    : staged_(std::move(staged)), final_(std::move(final_path)) {}

StagedDirectory::StagedDirectory(StagedDirectory&& other) noexcept
    : staged_{std::exchange(other.staged_.path, {}), std::move(other.staged_.lock)}, final_(std::move(other.final_)) {}

StagedDirectory::~StagedDirectory() {
  if (staged_.path.empty()) return;
  std::error_code ignored;
  fs::remove_all(staged_.path, ignored);
}

Result<StagedDirectory> StagedDirectory::Create(const std::string& final_path) {
  fs::path target = fs::path(final_path).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // "bundle/" means "bundle"
  std::error_code failure;
  fs::create_directories(ParentOf(target), failure);
  if (failure) return RuntimeFailure(ParentOf(target).string() + ": cannot be created: " + failure.message());
  if (fs::is_symlink(target, failure)) {
    target = fs::canonical(target, failure);
    if (failure) return UsageError(final_path + ": is a link that leads nowhere");
  }
  if (fs::exists(target, failure) && !fs::is_directory(target, failure)) {
    return UsageError(final_path + ": is no folder, and is not replaced");
  }
  AMSEL_ASSIGN_OR_RETURN(Temporary staged, MakeTemporaryFolder(target.string()));
  return StagedDirectory(std::move(staged), target.string());
}

Status StagedDirectory::Commit() {
  std::error_code failure;
  const bool replaces = fs::exists(final_);
  // In one step, so that whoever opens it finds the old or the new; file systems that cannot do that take two.
  if (replaces && ::renameat2(AT_FDCWD, staged_.path.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) == 0) {
    SyncDirectory(ParentOf(final_));
    fs::remove_all(std::exchange(staged_.path, {}), failure);
    return {};
  }
  const fs::path old = final_ + ".old" + std::to_string(::getpid());
  if (replaces) fs::rename(final_, old, failure);
  if (!failure) fs::rename(staged_.path, final_, failure);
  if (failure) {
    const Error error = RuntimeFailure(final_ + ": cannot be written: " + failure.message());
    if (fs::exists(old)) fs::rename(old, final_, failure);
    return error;
  }
  staged_.path.clear();
  if (replaces) fs::remove_all(old, failure);
  SyncDirectory(ParentOf(final_));
  return {};
}

}  // namespace amsel
