#include "meter/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Takes the next word off `text`; empty at the end.
std::string_view NextWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  const std::string_view word = text.substr(0, std::min(text.find_first_of(kSpace), text.size()));
  text.remove_prefix(word.size());
  return word;
}

/// A count of ticks: never negative.
std::optional<double> Ticks(std::string_view word) {
  const std::optional<std::int64_t> value = ParseInteger(word);
  return value && *value >= 0 ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

}  // namespace

FileRead Sysfs::Read(const std::string& path) const {
  const int fd = ::open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {"", errno};
  FileRead read;
  std::array<char, 4096> buffer{};
  while (read.text.size() < buffer.size()) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size() - read.text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) read.error = errno;
    if (count <= 0) break;
    read.text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  return read;
}

std::vector<std::string> Sysfs::List(const std::string& path) const {
  std::vector<std::string> names;
  DIR* folder = ::opendir((root_ + path).c_str());
  if (folder == nullptr) return names;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(folder);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return ::strverscmp(a.c_str(), b.c_str()) < 0; });
  return names;
}

std::optional<std::string> Sysfs::Word(const std::string& path) const {
  const FileRead read = Read(path);
  if (!read.ok()) return {};
  return std::string(Trimmed(std::string_view(read.text).substr(0, read.text.find('\n'))));
}

Result<std::int64_t> Sysfs::Integer(const std::string& path) const {
  const FileRead read = Read(path);
  if (!read.ok()) return RuntimeFailure(NameOf(path) + ": cannot be read: " + std::strerror(read.error));
  if (const std::optional<std::int64_t> value = ParseInteger(read.text)) return *value;
  constexpr std::size_t kShown = 40;
  return RuntimeFailure(NameOf(path) + ": expected a whole number, found \"" +
                        std::string(Trimmed(read.text).substr(0, kShown)) + "\"");
}

Result<std::int64_t> Sysfs::Count(const std::string& path) const {
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t value, Integer(path));
  if (value < 0) return RuntimeFailure(NameOf(path) + ": is negative (" + std::to_string(value) + ")");
  return value;
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  text = Trimmed(text);
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> ParseBusySeconds(std::string_view proc_stat, double ticks) {
  // cpu user nice system idle iowait irq softirq steal; guests are in user already.
  constexpr std::array kBusy{true, true, true, false, false, true, true, true};
  proc_stat = proc_stat.substr(0, proc_stat.find('\n'));
  if (NextWord(proc_stat) != "cpu") return {};
  double busy = 0;
  for (const bool counts : kBusy) {
    const std::optional<double> value = Ticks(NextWord(proc_stat));
    if (!value) return {};
    if (counts) busy += *value;
  }
  return busy / ticks;
}

std::optional<double> ParseOwnSeconds(std::string_view proc_self_stat, double ticks) {
  // The program's name stands in parentheses and may hold anything, even parentheses.
  constexpr int kBeforeTimes = 11;  // fields between the name and utime
  const std::size_t name_end = proc_self_stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  proc_self_stat.remove_prefix(name_end + 1);
  for (int i = 0; i < kBeforeTimes; ++i) NextWord(proc_self_stat);
  const std::optional<double> user = Ticks(NextWord(proc_self_stat));
  const std::optional<double> system = Ticks(NextWord(proc_self_stat));
  if (!user || !system) return {};
  return (*user + *system) / ticks;
}

}  // namespace amsel
