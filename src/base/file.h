// Files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "amsel/result.h"
#include "base/descriptor.h"
#include "base/temporary.h"

namespace amsel {

inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;  ///< of a file that is read whole

/// A regular file, open to be read in pieces. One thread at a time.
class InputFile {
 public:
  /// The error names the file; pipes and devices are refused, and never waited for.
  static Result<InputFile> Open(const std::string& path);

  /// The file `name` in the open folder `folder`, and no link; `path` is for messages.
  static Result<InputFile> OpenAt(int folder, const std::string& name, std::string path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }  ///< when it was opened

  /// Its descriptor, which the caller closes.
  int Release() && { return fd_.Release(); }

  /// Reads the `count` bytes at `offset`; fewer of them there is an error.
  Status ReadAt(std::uint64_t offset, std::size_t count, char* out) const;

  /// The whole content, of at most `max_bytes`.
  Result<std::string> ReadAll(std::uint64_t max_bytes = kMostBytes) const;

 private:
  static Result<InputFile> FromDescriptor(Descriptor fd, std::string path);
  InputFile(std::string path, Descriptor fd, std::uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}

  std::string path_;
  Descriptor fd_;
  std::uint64_t size_;
};

/// The content of a regular file of at most `max_bytes`.
Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes = kMostBytes);

/// Writes to a temporary name beside `path`, syncs, and renames; on failure `path` is as it was. What is replaced hands
/// on its permissions. A link stays, and what it leads to is replaced; devices and pipes are written to, not replaced;
/// links that lead nowhere, pipes that nobody reads and whatever else is no file are usage errors.
Status WriteFileAtomically(const std::string& path, std::string_view bytes);

/// Writes and syncs a file in a place that is itself not final (inside a StagedDirectory).
Status WriteFile(const std::string& path, std::string_view bytes);

/// Writes and syncs a copy of `from` as WriteFile does, piece by piece; `see` is shown each piece.
Status CopyFile(const std::string& from, const std::string& to, const std::function<void(std::string_view)>& see);

/// A folder that is built under a temporary name and gets its final one only when it is complete. Where the final one
/// is a link, the folder that it leads to is replaced.
class StagedDirectory {
 public:
  /// Makes the temporary folder beside `final_path` (parents are created).
  static Result<StagedDirectory> Create(const std::string& final_path);

  StagedDirectory(StagedDirectory&& other) noexcept;
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();  ///< removes what was not committed

  const std::string& path() const { return staged_.path; }

  /// Syncs and renames. An existing folder under the final name is replaced.
  Status Commit();

 private:
  StagedDirectory(Temporary staged, std::string final_path);

  Temporary staged_;
  std::string final_;
};

}  // namespace amsel
