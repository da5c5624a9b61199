// How far long work is, with rate and time left, on stderr: a bar where that is a terminal, else a line now and then;
// for programs that asked for it (AMSEL_PROGRESS=json) lines of JSON.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace amsel {

/// Where progress is shown.
struct ProgressView {
  bool terminal = false;                              ///< can move the cursor
  std::function<void(std::string_view bytes)> write;  ///< must not throw
  bool json = false;  ///< `{"done": n, "progress": label, "total": n}` a line, at most ten times a second

  /// The process's stderr, as its environment asks for.
  static ProgressView Stderr();
};

/// Shows `label [####----] done/total  rate/s  time left` on a terminal; elsewhere, and only of work that takes long,
/// the same as a line without the bar every kBetweenLines. Not thread-safe.
class Progress {
 public:
  static constexpr std::chrono::seconds kBetweenLines{30};

  /// The work starts now, and `begun` is done of it.
  Progress(std::string label, std::size_t total, const Clock& clock, std::size_t begun = 0,
           ProgressView view = ProgressView::Stderr());
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Clear(); }

  /// Other work starts now in the place of that which was shown; lines keep their distance.
  void Restart(std::string label, std::size_t total, std::size_t begun = 0);

  /// Clears the bar, for a message to take its place; the next Update draws it again.
  void Clear();

  /// `done` of `total`; redraws at most ten times a second.
  void Update(std::size_t done);

 private:
  void UpdateForPrograms(std::size_t done, Nanoseconds now);

  std::string label_;
  std::size_t total_;
  const Clock* clock_;
  std::size_t begun_;
  ProgressView view_;
  Nanoseconds start_;
  Nanoseconds shown_;
  bool visible_ = false;  ///< a bar is on the screen
  bool told_ = false;     ///< a program has heard of this work
};

/// Reports on `bar`, which the first report makes, or starts anew in place of what it showed until then. `bar` and
/// `clock` must outlive what is returned.
std::function<void(std::size_t done, std::size_t total)> ReportOn(std::unique_ptr<Progress>& bar, std::string label,
                                                                  const Clock& clock);

/// "150/s  30s left" of work of which `worked` took `elapsed` and `left` is to come; empty for what is too short to
/// tell.
std::string RateText(std::size_t worked, std::size_t left, Nanoseconds elapsed);

}  // namespace amsel
