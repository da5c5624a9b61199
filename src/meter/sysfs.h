// Reading what the Linux kernel says in /sys and /proc, below a root that tests may set up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// What came of reading a file: its text, or the errno that the system gave.
struct FileRead {
  std::string text;
  int error = 0;

  bool ok() const { return error == 0; }
};

/// The folders sys/ and proc/ below a root. Thread-safe. Virtual, so that tests can withhold files.
class Sysfs {
 public:
  /// `root` is "" for the machine itself, or a folder that has sys/ and proc/ in it.
  explicit Sysfs(std::string root = "") : root_(std::move(root)) {}
  virtual ~Sysfs() = default;

  /// At most the first 4 KiB of "/sys/…" or "/proc/…". Such files do not know their size, so it is not asked.
  virtual FileRead Read(const std::string& path) const;

  /// Names in a folder, sorted (numbers by value, so that hwmon10 comes after hwmon9); empty where there is none.
  std::vector<std::string> List(const std::string& path) const;

  /// The first line without the white space around it; nothing where the file cannot be read.
  std::optional<std::string> Word(const std::string& path) const;

  /// The integer that is all a file holds. Errors (kRuntime) name the file: it is absent, may not be read, holds
  /// something else.
  Result<std::int64_t> Integer(const std::string& path) const;

  /// As above, and an error where it is negative.
  Result<std::int64_t> Count(const std::string& path) const;

  /// The file's name for people.
  std::string NameOf(const std::string& path) const { return root_ + path; }

 private:
  std::string root_;
};

/// The integer in `text`, with white space around it at most.
std::optional<std::int64_t> ParseInteger(std::string_view text);

/// Seconds of processor time that all processors were busy with, from the first line of /proc/stat; with time that a
/// hypervisor gave to others, without that spent waiting. `ticks` is the number of ticks a second.
std::optional<double> ParseBusySeconds(std::string_view proc_stat, double ticks);

/// Seconds of processor time that a process took, in user and kernel mode, from its /proc/self/stat.
std::optional<double> ParseOwnSeconds(std::string_view proc_self_stat, double ticks);

}  // namespace amsel
