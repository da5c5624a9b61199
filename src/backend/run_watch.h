// Ends runs of DNNs that take too long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

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
    RunWatch& watch_;
    std::function<void()> end_;
    std::chrono::steady_clock::time_point begun_;
    bool ended_ = false;                   ///< guarded by watch_.mutex_
    std::list<Watched*>::iterator place_;  ///< guarded by watch_.mutex_
  };

 private:
  void Look();

  const std::chrono::milliseconds limit_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;     ///< guarded by mutex_
  std::list<Watched*> runs_;  ///< guarded by mutex_
  std::thread thread_;        ///< last: it uses the others
};

}  // namespace amsel
