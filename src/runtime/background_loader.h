// A thread that loads what will be wanted, beside what goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace amsel {

/// Thread-safe.
class BackgroundLoader {
 public:
  /// `load` is called by the thread, for one after another.
  explicit BackgroundLoader(std::function<void(std::size_t)> load) : load_(std::move(load)) {}
  BackgroundLoader(const BackgroundLoader&) = delete;
  BackgroundLoader& operator=(const BackgroundLoader&) = delete;
  /// Waits for the load in progress; what else is wanted is not loaded.
  ~BackgroundLoader();

  /// Asks for it, unless that has been asked and is not begun; returns at once.
  void Want(std::size_t what);

 private:
  void LoadWanted();

  const std::function<void(std::size_t)> load_;
  // What is not begun, in order. The thread takes out, and calls load_ without the lock: what is wanted meanwhile is
  // loaded after that.
  Mutex mutex_;
  Condition changed_;
  std::vector<std::size_t> wanted_ AMSEL_GUARDED_BY(mutex_);
  bool stopping_ AMSEL_GUARDED_BY(mutex_) = false;
  std::thread thread_ AMSEL_GUARDED_BY(mutex_);  ///< started by the first Want
};

}  // namespace amsel
