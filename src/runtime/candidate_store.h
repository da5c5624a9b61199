// The loaded candidates of a bundle, shared by all threads: loads each once, on first need, and keeps their memory
// within a budget.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/backends.h"
#include "backend/candidate_runner.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "bundle/bundle.h"
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
  CandidateStore(const Bundle& bundle, std::vector<Placement> placements, const Clock& clock);
  CandidateStore(const CandidateStore&) = delete;
  CandidateStore& operator=(const CandidateStore&) = delete;
  ~CandidateStore();

  const Bundle& bundle() const { return *bundle_; }
  const Clock& clock() const { return *clock_; }
  const std::vector<Placement>& placements() const { return placements_; }

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

  /// Loads all now; under an allowance the most useful that it holds together. One that cannot be loaded fails when it
  /// is wanted.
  void LoadAll();

  /// What the time until it can run is planned to be: 0 when it is loaded, nothing when no time is enough as things are
  /// (others are running what would have to leave).
  std::optional<Nanoseconds> TimeToLoad(CandidateId id) const;

  /// Asks for the candidate to be loaded beside what goes on; returns at once. It takes the place only of what is less
  /// useful.
  void Want(CandidateId id);

  /// From now on loaded candidates may take so many bytes together, in a process that has `base` resident without any.
  /// Where the process is found to have more than base and candidates explain, or a load takes more for a moment,
  /// others leave for that too, if that suffices. Nothing that is loaded leaves at once.
  void SetAllowance(std::int64_t bytes, std::int64_t base);
  std::optional<std::int64_t> allowance() const { return allowance_; }

  /// Bytes that the candidate takes, as far as is known: what the bundle says; else what was measured when it was
  /// loaded; else the size of its file.
  std::int64_t BytesOf(CandidateId id) const;

  /// Whether the allowance would hold it, were it alone.
  bool Fits(CandidateId id) const;

  /// share[id] of the inputs run candidate `id`: with its bytes, that decides who leaves first.
  void SetShares(const std::vector<double>& share);

  /// Whether it is loaded now.
  bool Loaded(CandidateId id) const;

 private:
  using Leaving = std::vector<std::vector<CandidateRunner>>;  ///< to be destroyed without the lock

  Unit& UnitOf(CandidateId id) const { return *units_[unit_of_[static_cast<std::size_t>(id)]]; }
  /// What the choice of who leaves looks at, in the order of the units.
  const std::vector<ResidentDnn>& Described() const AMSEL_REQUIRES(mutex_);
  std::size_t PositionOf(const Unit& unit) const;
  bool MakeRoom(const Unit& wanted, bool only_less_useful, Leaving& leaving) AMSEL_REQUIRES(mutex_);
  bool RoomWithoutIdle(const Unit& wanted) const AMSEL_REQUIRES(mutex_);
  Status LoadHere(Unit& unit, Leaving leaving) AMSEL_REQUIRES(mutex_);
  void Learn(Unit& unit, std::int64_t measured, Leaving& leaving) AMSEL_REQUIRES(mutex_);
  Result<std::vector<CandidateRunner>> OpenRunners(Unit& unit) const;
  void LoadWanted();
  void Release(Unit& unit);

  const Bundle* bundle_;
  std::vector<Placement> placements_;
  const Clock* clock_;
  std::shared_ptr<SharedFeatureDnn> feature_dnn_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<std::size_t> unit_of_;  ///< per candidate
  std::optional<std::int64_t> allowance_;
  std::int64_t base_ = 0;

  // Guards what follows, and all of the units but their own mutex. A unit that is loading belongs to the thread that
  // loads it, without the lock: nobody else changes it, and nobody dismisses it. One with uses stays loaded, and its
  // runners where they are. Whoever waits does so for `changed_`, which every end of a load
  // wakes, and under an allowance every last release.
  mutable Mutex mutex_;
  Condition changed_;
  std::int64_t tick_ AMSEL_GUARDED_BY(mutex_) = 0;
  mutable std::vector<ResidentDnn> described_ AMSEL_GUARDED_BY(mutex_);  ///< kept for its memory
  std::vector<Unit*> wanted_ AMSEL_GUARDED_BY(mutex_);
  bool stopping_ AMSEL_GUARDED_BY(mutex_) = false;
  std::thread loader_ AMSEL_GUARDED_BY(mutex_);  ///< started by the first Want
};

}  // namespace amsel
