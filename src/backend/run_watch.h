// Ends runs of DNNs that take too long.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <thread>

#include "base/mutex.h"

namespace amsel {

/// A thread that looks now and then for runs that have taken longer than they may, and asks them to end. Thread-safe.
class RunWatch {
 public:
  /// Runs are asked to end once they have taken `limit`, and an eighth of it more at the latest (at least 1 ms).
  explicit RunWatch(std::chrono::milliseconds limit);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  std::chrono::milliseconds limit() const { return limit_; }

  /// A run, from construction to destruction.
  class Watched {
   public:
    /// `end` is called by another thread, at most once and never after destruction: it asks the run to end.
    Watched(RunWatch& watch, std::function<void()> end);
    ~Watched();
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    /// Whether `end` was called.
    bool ended() const;

   private:
    friend class RunWatch;
    /// Where it began no later than that.
    void EndAfter(std::chrono::steady_clock::time_point latest) AMSEL_REQUIRES(watch_.mutex_);

    RunWatch& watch_;
    std::function<void()> end_;
    std::chrono::steady_clock::time_point begun_;
    bool ended_ AMSEL_GUARDED_BY(watch_.mutex_) = false;
    std::list<Watched*>::iterator place_ AMSEL_GUARDED_BY(watch_.mutex_);
  };

 private:
  void Look();

  const std::chrono::milliseconds limit_;
  // A run is in the list from its construction to its destruction, both of which take the lock: whoever the thread asks
  // to end, under the lock, is there.
  mutable Mutex mutex_;
  Condition stop_;
  bool stopping_ AMSEL_GUARDED_BY(mutex_) = false;
  std::list<Watched*> runs_ AMSEL_GUARDED_BY(mutex_);
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace amsel
