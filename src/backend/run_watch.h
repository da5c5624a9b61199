// Ends runs of DNNs that take too long.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace amsel {

/// A thread that looks now and then for runs that have taken longer than they may, and asks them to end. Thread-safe.
class RunWatch {
  struct Run {
    std::function<void()> end;
    Nanoseconds begun;
    bool ended = false;
  };

 public:
  /// Runs are asked to end once they have taken `limit`, and an eighth of it more at the latest (at least 1 ms).
  /// The clock must outlive it.
  RunWatch(std::chrono::milliseconds limit, const Clock& clock);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  std::chrono::milliseconds limit() const { return limit_; }

  /// A run, from construction to destruction.
  class Watched {
   public:
    /// `end` is called by another thread, at most once and never after destruction: it asks the run to end.
    Watched(RunWatch& watch, std::function<void()> end) : watch_(watch), place_(watch.Begin(std::move(end))) {}
    ~Watched() { watch_.Over(place_); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    /// Whether `end` was called.
    bool ended() const { return watch_.Ended(place_); }

   private:
    RunWatch& watch_;
    const std::list<Run>::iterator place_;
  };

 private:
  std::list<Run>::iterator Begin(std::function<void()> end);
  void Over(std::list<Run>::iterator run);
  bool Ended(std::list<Run>::iterator run) const;
  void Look();

  const std::chrono::milliseconds limit_;
  const Clock& clock_;
  // A run is in the list from its beginning until it is over, and both take the lock: whoever is asked to end, under
  // the lock, is there.
  mutable Mutex mutex_;
  Condition stop_;
  bool stopping_ AMSEL_GUARDED_BY(mutex_) = false;
  std::list<Run> runs_ AMSEL_GUARDED_BY(mutex_);
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace amsel
