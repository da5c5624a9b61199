// A folder that is open to be read. What is read in it lies in it, whatever its links say, and is of one piece even
// while another folder takes its name.
#pragma once

#include <cstdint>
#include <string>

#include "amsel/result.h"
#include "base/descriptor.h"
#include "base/file.h"

namespace amsel {

/// Thread-safe.
class InputFolder {
 public:
  /// The error names the folder.
  static Result<InputFolder> Open(const std::string& path);

  const std::string& path() const { return path_; }

  /// Whether something has the plain name `name` in it.
  bool Has(const std::string& name) const;

  /// The regular file `name`, a path of plain names. Links are followed as long as they stay in the folder; one that
  /// leads out, or in a circle, is bad input that names the file.
  Result<InputFile> OpenFile(const std::string& name) const;

  /// Its content, of at most `max_bytes`.
  Result<std::string> ReadFile(const std::string& name, std::uint64_t max_bytes = kMostBytes) const;

  /// Whether this folder is what its path names now: false once another was put in its place.
  bool IsInPlace() const { return fd_.IsNamed(path_); }

 private:
  InputFolder(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  Descriptor fd_;
};

}  // namespace amsel
