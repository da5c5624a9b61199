// A stream of work on several threads, whose results come out in the order in which the work came in.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace amsel {

/// Until `take` gives nothing: work(worker, item) on `workers` threads (the calling one where that is 1), give(result)
/// in the order of the items. `take` is called by one thread at a time, and so is `give`, also while the other runs.
/// Few results wait for earlier ones; whoever is far ahead waits. An exception of any of them ends the work and is
/// thrown on.
template <typename Item, typename Outcome>
class InOrder {
 public:
  std::function<std::optional<Item>()> take;
  std::function<Outcome(std::size_t worker, Item& item)> work;
  std::function<void(Outcome& outcome)> give;

  void Run(std::size_t workers) {
    {
      const MutexLock lock(give_mutex_);
      ahead_ = workers * kAheadPerWorker;
    }
    {
      std::vector<std::jthread> others;
      for (std::size_t w = 1; w < workers; ++w) others.emplace_back([this, w] { Worker(w); });
      Worker(0);
    }
    const MutexLock lock(give_mutex_);
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  static constexpr std::size_t kAheadPerWorker = 4;

  void Worker(std::size_t worker) {
    try {
      for (std::optional<std::pair<std::size_t, Item>> next = Take(); next; next = Take()) {
        Give(next->first, work(worker, next->second));
      }
    } catch (...) {
      const MutexLock lock(give_mutex_);
      if (!fault_) fault_ = std::current_exception();
      given_one_.WakeAll();
    }
  }

  std::optional<std::pair<std::size_t, Item>> Take() {
    const MutexLock take_lock(take_mutex_);
    {
      const MutexLock lock(give_mutex_);
      while (!fault_ && taken_ >= given_ + ahead_) given_one_.Wait(give_mutex_);
      if (fault_) return {};
    }
    std::optional<Item> item;
    if (!at_end_) item = take();
    at_end_ = !item;
    if (!item) return {};
    return std::pair(taken_++, std::move(*item));
  }

  void Give(std::size_t index, Outcome outcome) {
    const MutexLock lock(give_mutex_);
    waiting_.emplace(index, std::move(outcome));
    for (auto first = waiting_.find(given_); first != waiting_.end(); first = waiting_.find(given_)) {
      give(first->second);
      waiting_.erase(first);
      ++given_;
    }
    given_one_.WakeAll();
  }

  // Who takes may wait for those who give while it holds take_mutex_: never the other way round. Items are numbered as
  // they are taken; given_ is the number of the next to be given, and waiting_ holds only later ones.
  Mutex take_mutex_;
  std::size_t taken_ AMSEL_GUARDED_BY(take_mutex_) = 0;
  bool at_end_ AMSEL_GUARDED_BY(take_mutex_) = false;
  Mutex give_mutex_;
  Condition given_one_;
  std::size_t ahead_ AMSEL_GUARDED_BY(give_mutex_) = 0;
  std::size_t given_ AMSEL_GUARDED_BY(give_mutex_) = 0;
  std::map<std::size_t, Outcome> waiting_ AMSEL_GUARDED_BY(give_mutex_);
  std::exception_ptr fault_ AMSEL_GUARDED_BY(give_mutex_);
};

}  // namespace amsel
