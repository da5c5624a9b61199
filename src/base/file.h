// Files that appear whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

/// The content of a regular file of at most `max_bytes`.
Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes = std::uint64_t{1} << 32);

/// Writes to a temporary name beside `path`, syncs, and renames; on failure `path` is as it was.
Status WriteFileAtomically(const std::string& path, std::string_view bytes);

/// Writes and syncs a file in a place that is itself not final (inside a StagedDirectory).
Status WriteFile(const std::string& path, std::string_view bytes);

/// A folder that is built under a temporary name and gets its final one only when it is complete.
class StagedDirectory {
 public:
  /// Makes the temporary folder beside `final_path` (parents are created).
  static Result<StagedDirectory> Create(const std::string& final_path);

  StagedDirectory(StagedDirectory&& other) noexcept;
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();  ///< removes what was not committed

  const std::string& path() const { return staged_; }

  /// Syncs and renames. An existing folder under the final name is replaced.
  Status Commit();

 private:
  StagedDirectory(std::string staged, std::string final_path);

  std::string staged_;
  std::string final_;
};

}  // namespace amsel
