// A stream of work on several threads, whose results come out in the order in which the work came in.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

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
    ahead_ = workers * kAheadPerWorker;
    {
      std::vector<std::jthread> others;
      for (std::size_t w = 1; w < workers; ++w) others.emplace_back([this, w] { Worker(w); });
      Worker(0);
    }
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
      const std::lock_guard lock(give_mutex_);
      if (!fault_) fault_ = std::current_exception();
      given_one_.notify_all();
    }
  }

  std::optional<std::pair<std::size_t, Item>> Take() {
    const std::lock_guard take_lock(take_mutex_);
    {
      std::unique_lock lock(give_mutex_);
      given_one_.wait(lock, [&] { return fault_ || taken_ < given_ + ahead_; });
      if (fault_) return {};
    }
    std::optional<Item> item;
    if (!at_end_) item = take();
    at_end_ = !item;
    if (!item) return {};
    return std::pair(taken_++, std::move(*item));
  }

  void Give(std::size_t index, Outcome outcome) {
    const std::lock_guard lock(give_mutex_);
    waiting_.emplace(index, std::move(outcome));
    for (auto first = waiting_.find(given_); first != waiting_.end(); first = waiting_.find(given_)) {
      give(first->second);
      waiting_.erase(first);
      ++given_;
    }
    given_one_.notify_all();
  }

  std::mutex take_mutex_;
  std::size_t taken_ = 0;
  bool at_end_ = false;
  std::mutex give_mutex_;
  std::condition_variable given_one_;
  std::size_t ahead_ = 0;
  std::size_t given_ = 0;
  std::map<std::size_t, Outcome> waiting_;
  std::exception_ptr fault_;
};

}  // namespace amsel
