// Time as an injected dependency, so that tests decide what it is.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

namespace amsel {

using Nanoseconds = std::chrono::nanoseconds;

/// A monotonic clock. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Time since some fixed moment.
  virtual Nanoseconds Now() const = 0;
};

/// std::chrono::steady_clock.
class SteadyClock final : public Clock {
 public:
  Nanoseconds Now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

/// Moves only when told to.
class FakeClock final : public Clock {
 public:
  Nanoseconds Now() const override { return Nanoseconds(now_); }
  void Advance(Nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<Nanoseconds::rep> now_{0};
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
