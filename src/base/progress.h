// A progress bar with rate and time left, on stderr, only when that is a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace amsel {

/// Shows `label [####----] done/total  rate/s  time left`. Silent where stderr is no terminal. Not thread-safe.
class Progress {
 public:
  Progress(std::string label, std::size_t total, const Clock& clock);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Clear(); }

  /// Clears the line, for a message to take its place; the next Update draws it again.
  void Clear();

  /// `done` of `total`; redraws at most ten times a second.
  void Update(std::size_t done);

 private:
  std::string label_;
  std::size_t total_;
  const Clock* clock_;
  Nanoseconds start_;
  Nanoseconds drawn_{0};
  bool visible_;
};

/// Reports on `bar`, which the first report starts in place of what it showed until then. `bar` and `clock` must
/// outlive what is returned.
std::function<void(std::size_t done, std::size_t total)> ReportOn(std::unique_ptr<Progress>& bar, std::string label,
                                                                  const Clock& clock);

/// The line that Update draws, for `elapsed` since the start.
std::string ProgressLine(const std::string& label, std::size_t done, std::size_t total, Nanoseconds elapsed);

}  // namespace amsel
