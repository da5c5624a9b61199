// Loaded DNNs, shared by all threads: loads each once, on first need, and keeps their memory within a budget.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "runtime/background_loader.h"
#include "runtime/loadable_dnn.h"
#include "runtime/residency.h"

namespace amsel {

class DnnStore;

/// A loaded DNN in use, which stays loaded meanwhile.
class DnnUse {
 public:
  DnnUse(DnnUse&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)), at_(other.at_), dnn_(other.dnn_), load_(other.load_) {}
  DnnUse(const DnnUse&) = delete;
  DnnUse& operator=(const DnnUse&) = delete;
  DnnUse& operator=(DnnUse&&) = delete;
  ~DnnUse();

  LoadableDnn& dnn() const { return *dnn_; }
  /// What getting it took; 0 where it was loaded already.
  Nanoseconds load() const { return load_; }

 private:
  friend class DnnStore;
  DnnUse(DnnStore& store, std::size_t at, LoadableDnn& dnn, Nanoseconds load)
      : store_(&store), at_(at), dnn_(&dnn), load_(load) {}

  DnnStore* store_;
  std::size_t at_;
  LoadableDnn* dnn_;
  Nanoseconds load_;
};

/// Thread-safe. DNNs go by their positions. The clock must outlive the store, and the store whatever it lent.
class DnnStore {
 public:
  DnnStore(std::vector<std::unique_ptr<LoadableDnn>> dnns, const Clock& clock);
  DnnStore(const DnnStore&) = delete;
  DnnStore& operator=(const DnnStore&) = delete;

  /// See CandidateStore for these.
  Result<DnnUse> Get(std::size_t at, std::optional<Nanoseconds> patience = {});
  void LoadAll();
  void Want(std::size_t at);
  void SetBudget(const MemoryBudget& budget);
  std::int64_t BytesOf(std::size_t at) const;
  void SetShares(std::span<const double> share);

  /// Where loading is planned to take that long, if that is known.
  std::optional<Nanoseconds> TimeToLoad(std::size_t at, std::optional<Nanoseconds> planned) const;

 private:
  /// One attempt to load a DNN, for those who wait.
  struct Attempt {
    Nanoseconds since{0};
    bool over = false;
    std::optional<Error> failure{};
  };
  using Leaving = std::vector<LoadableDnn::Runners>;  ///< to be destroyed without the lock

  bool IsAbsent(std::size_t at) const AMSEL_REQUIRES(mutex_) {
    return residency_[at].state == ResidentDnn::State::kAbsent;
  }
  bool MakeRoom(std::size_t at, bool only_less_useful, Leaving& leaving) AMSEL_REQUIRES(mutex_);
  bool Wait(std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status AwaitLoad(std::size_t at, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status AwaitRoom(std::size_t at, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status BeLoaded(std::size_t at, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status LoadHere(std::size_t at, Leaving leaving) AMSEL_REQUIRES(mutex_);
  void LoadIfUseful(std::size_t at);
  friend class DnnUse;
  void Release(std::size_t at);

  const Clock* clock_;
  const std::vector<std::unique_ptr<LoadableDnn>> dnns_;

  // Guards what follows. A DNN that is loading has an attempt and belongs to the thread that loads it, without the
  // lock: nobody else changes it, and nobody dismisses it. One with uses stays loaded, and its runners where they are.
  // Whoever waits does so for `changed_`, which every end of a load wakes, and under a budget every last release.
  mutable Mutex mutex_;
  Condition changed_;
  Residency residency_ AMSEL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Attempt>> attempts_ AMSEL_GUARDED_BY(mutex_);
  BackgroundLoader loader_;  ///< last: its thread uses the others
};

}  // namespace amsel
