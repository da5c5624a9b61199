// Locks whose use is checked when clang compiles: which member a lock guards, and which function wants it held, stand
// at their declarations (thread_annotations.h); forgetting it is an error of `make check`.
#pragma once

#include <thread_annotations.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace amsel {

class AMSEL_CAPABILITY("mutex") Mutex {
 public:
  void Lock() AMSEL_ACQUIRE() { mutex_.lock(); }
  void Unlock() AMSEL_RELEASE() { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a mutex while it lives.
class AMSEL_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) AMSEL_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() AMSEL_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Gives up a mutex that is held, while it lives; also when an exception passes.
class AMSEL_SCOPED_CAPABILITY MutexUnlock {
 public:
  explicit MutexUnlock(Mutex& mutex) AMSEL_RELEASE(mutex) : mutex_(mutex) { mutex_.Unlock(); }
  ~MutexUnlock() AMSEL_RELEASE() { mutex_.Lock(); }  // the end of the scope: what it gave up is held again
  MutexUnlock(const MutexUnlock&) = delete;
  MutexUnlock& operator=(const MutexUnlock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waiting gives up the mutex meanwhile. One may wake for nothing: ask in a loop for what is waited for.
class Condition {
 public:
  void Wait(Mutex& mutex) AMSEL_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    condition_.wait(held);
    held.release();
  }

  /// False: it is that time. Clock::WaitUntil (base/clock.h) is the same by an injected clock.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point time) AMSEL_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    const bool in_time = condition_.wait_until(held, time) == std::cv_status::no_timeout;
    held.release();
    return in_time;
  }

  void WakeAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace amsel
