// A file descriptor that is closed when its owner goes.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace amsel {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  /// Whether `path` names what is open; `flags` as of fstatat: AT_SYMLINK_NOFOLLOW asks for the path itself.
  bool IsNamed(const std::string& path, int flags = 0) const {
    struct stat own{};
    struct stat named{};
    return ::fstat(fd_, &own) == 0 && ::fstatat(AT_FDCWD, path.c_str(), &named, flags) == 0 &&
           own.st_dev == named.st_dev && own.st_ino == named.st_ino;
  }
  int Release() { return std::exchange(fd_, -1); }  ///< the caller closes it

 private:
  int fd_;
};

}  // namespace amsel
