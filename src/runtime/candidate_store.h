// The loaded candidates of a bundle, shared by all threads: loads each once, on first need, and keeps their memory
// within a budget.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "bundle/bundle.h"
#include "runtime/background_loader.h"
#include "runtime/loadable_dnn.h"
#include "runtime/residency.h"
#include "runtime/shared_feature_dnn.h"

namespace amsel {

/// Thread-safe. Candidates that are views of one DNN share its session. What bundle, back ends and clock refer to must
/// outlive the store, and the store whatever it lent.
class CandidateStore {
 private:
  struct Unit;

 public:
  /// `placements`: where each candidate runs, then the feature DNN where the bundle has one (without a place it
  /// cannot run).
  CandidateStore(const Bundle& bundle, const std::vector<Placement>& placements, const Clock& clock);
  CandidateStore(const CandidateStore&) = delete;
  CandidateStore& operator=(const CandidateStore&) = delete;
  ~CandidateStore();

  const Bundle& bundle() const { return *bundle_; }
  const Clock& clock() const { return *clock_; }

  /// The feature DNN; null where the bundle or the placements have none.
  const std::shared_ptr<SharedFeatureDnn>& feature_dnn() const { return feature_dnn_; }

  /// A loaded candidate in use, which stays loaded meanwhile.
  class Use {
   public:
    Use(Use&& other) noexcept;
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Use& operator=(Use&&) = delete;
    ~Use();

    const CandidateRunner& runner() const { return *runner_; }
    /// What getting it took; 0 where it was loaded already.
    Nanoseconds load() const { return load_; }
    /// Runs it on `batch` inputs, one after another in `tensors`, once it is this thread's turn where the session is
    /// not concurrent. Their raw outputs into `raw`; gives what the run alone took, by the store's clock.
    Result<Nanoseconds> Infer(std::span<const std::byte> tensors, int batch, std::vector<float>& raw) const;
    /// Whether several inputs may go in at once.
    bool takes_batches() const;
    /// It fails at batches although it declares to take them: not again.
    void RefuseBatches() const;

   private:
    friend class CandidateStore;
    Use(CandidateStore& store, Unit& unit, const CandidateRunner& runner, Nanoseconds load)
        : store_(&store), unit_(&unit), runner_(&runner), load_(load) {}

    CandidateStore* store_;
    Unit* unit_;
    const CandidateRunner* runner_;
    Nanoseconds load_;
  };

  /// Loads the candidate unless it is loaded, making room where there is a budget. When another thread is loading it,
  /// or all room is taken by what others are running, waits, at most for `patience`. Error when it cannot be loaded,
  /// cannot fit, or is not there in time; one whose file was found damaged is not read again. A thread that holds a Use
  /// must not ask for another.
  Result<Use> Get(CandidateId id, std::optional<Nanoseconds> patience = {});

  /// Loads all now; under a budget the most useful that it holds together. One that cannot be loaded fails when it
  /// is wanted.
  void LoadAll();

  /// What the time until it can run is planned to be: 0 when it is loaded, nothing when no time is enough as things are
  /// (others are running what would have to leave).
  std::optional<Nanoseconds> TimeToLoad(CandidateId id) const;

  /// Asks for the candidate to be loaded beside what goes on; returns at once. It takes the place only of what is less
  /// useful.
  void Want(CandidateId id);

  /// Bounds what loaded candidates take. Where the process is found to have more than base and candidates explain, or a
  /// load takes more for a moment, others leave for that too, if that suffices. Nothing that is loaded leaves at once.
  /// To be called before others use the store.
  void SetBudget(const MemoryBudget& budget) { budget_ = budget; }
  const std::optional<MemoryBudget>& budget() const { return budget_; }

  /// Bytes that the candidate takes, as far as is known: what the bundle says; else what was measured when it was
  /// loaded; else the size of its file.
  std::int64_t BytesOf(CandidateId id) const;

  /// Whether the budget would hold it, were it alone.
  bool Fits(CandidateId id) const;

  /// share[id] of the inputs run candidate `id`: with its bytes, that decides who leaves first.
  void SetShares(const std::vector<double>& share);

  /// Whether it is loaded now.
  bool Loaded(CandidateId id) const;

 private:
  using Leaving = std::vector<LoadableDnn::Runners>;  ///< to be destroyed without the lock

  Unit& UnitOf(CandidateId id) const { return *units_[unit_of_[static_cast<std::size_t>(id)]]; }
  bool MayFit(const Unit& unit) const AMSEL_REQUIRES(mutex_);
  bool RoomWithoutIdle(const Unit& wanted) const AMSEL_REQUIRES(mutex_);
  bool MakeRoom(const Unit& wanted, bool only_less_useful, Leaving& leaving) AMSEL_REQUIRES(mutex_);
  bool Wait(std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status AwaitLoad(const Unit& unit, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status AwaitRoom(const Unit& unit, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status BeLoaded(Unit& unit, std::optional<Nanoseconds> until) AMSEL_REQUIRES(mutex_);
  Status LoadHere(Unit& unit, Leaving leaving) AMSEL_REQUIRES(mutex_);
  void LoadIfUseful(Unit& unit);
  void Release(const Unit& unit);

  const Bundle* bundle_;
  const Clock* clock_;
  std::shared_ptr<SharedFeatureDnn> feature_dnn_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<std::size_t> unit_of_;  ///< per candidate
  std::optional<MemoryBudget> budget_;

  // Guards residency_, which has the units in their order, and what the units say it does. A unit that is loading
  // belongs to the thread that loads it, without the lock: nobody else changes it, and nobody dismisses it. One with
  // uses stays loaded, and its runners where they are. Whoever waits does so for `changed_`, which every end of a load
  // wakes, and under a budget every last release.
  mutable Mutex mutex_;
  Condition changed_;
  Residency residency_ AMSEL_GUARDED_BY(mutex_);
  BackgroundLoader loader_;  ///< last: its thread uses the others
};

}  // namespace amsel
