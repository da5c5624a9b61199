// Time as an injected dependency, so that tests decide what it is.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/mutex.h"

namespace amsel {

using Nanoseconds = std::chrono::nanoseconds;

/// What the threads of this process have had of the processors so far.
struct ProcessorUse {
  Nanoseconds time{0};           ///< Σ over threads
  std::int64_t preemptions = 0;  ///< involuntary context switches
};

/// A monotonic clock. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Time since some fixed moment.
  virtual Nanoseconds Now() const = 0;
  /// Nothing where it is not known.
  virtual std::optional<ProcessorUse> Used() const { return {}; }
  /// Waits for `condition` as Condition::Wait does; false: Now() is `until` or later. Unless a clock says otherwise it
  /// wakes for nothing over and over, so that whoever waits sees how the clock moves.
  virtual bool WaitUntil(Condition& condition, Mutex& mutex, Nanoseconds until) const AMSEL_REQUIRES(mutex);
};

/// std::chrono::steady_clock, and what the system counts of this process.
class SteadyClock final : public Clock {
 public:
  Nanoseconds Now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  std::optional<ProcessorUse> Used() const override;
  bool WaitUntil(Condition& condition, Mutex& mutex, Nanoseconds until) const override AMSEL_REQUIRES(mutex);
};

/// Moves only when told to.
class FakeClock final : public Clock {
 public:
  Nanoseconds Now() const override { return Nanoseconds(now_); }
  void Advance(Nanoseconds by) { now_ += by.count(); }
  /// From the first call on it is known what is used.
  void Use(ProcessorUse by) {
    knows_use_ = true;
    used_ += by.time.count();
    preemptions_ += by.preemptions;
  }
  std::optional<ProcessorUse> Used() const override {
    return knows_use_ ? std::optional(ProcessorUse{Nanoseconds(used_), preemptions_}) : std::nullopt;
  }

 private:
  std::atomic<Nanoseconds::rep> now_{0};
  std::atomic<Nanoseconds::rep> used_{0};
  std::atomic<std::int64_t> preemptions_{0};
  std::atomic<bool> knows_use_{false};
};

inline double Milliseconds(Nanoseconds duration) {
  return static_cast<double>(duration.count()) * 1e-6;
}

/// The nearest number of nanoseconds, at most a century, so that sums do not overflow; not a number is a century too.
inline Nanoseconds FromMilliseconds(double duration_ms) {
  constexpr double kCentury = 3.2e12;
  const double bounded = duration_ms < kCentury ? std::max(duration_ms, -kCentury) : kCentury;
  return Nanoseconds(std::llround(bounded * 1e6));
}

}  // namespace amsel
