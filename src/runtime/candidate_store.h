// The loaded candidates of a bundle, shared by all threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bundle/bundle.h"
#include "runtime/dnn_store.h"
#include "runtime/shared_feature_dnn.h"

namespace amsel {

/// Thread-safe. Candidates that are views of one DNN share its session. What bundle, back ends and clock refer to must
/// outlive the store, and the store whatever it lent.
class CandidateStore {
 public:
  /// `placements`: where each candidate runs, then the feature DNN where the bundle has one (without a place it
  /// cannot run).
  CandidateStore(const Bundle& bundle, const std::vector<Placement>& placements, const Clock& clock);

  const Bundle& bundle() const { return *bundle_; }
  const Clock& clock() const { return *clock_; }

  /// The feature DNN; null where the bundle or the placements have none.
  const std::shared_ptr<SharedFeatureDnn>& feature_dnn() const { return feature_dnn_; }

  /// A loaded candidate in use, which stays loaded meanwhile.
  class Use {
   public:
    const CandidateRunner& runner() const { return *runner_; }
    /// What getting it took; 0 where it was loaded already.
    Nanoseconds load() const { return dnn_.load(); }
    /// Runs it on `batch` inputs, one after another in `tensors`, once it is this thread's turn where the session is
    /// not concurrent. Their raw outputs into `raw`; gives what the run alone took, by the store's clock.
    Result<Nanoseconds> Infer(std::span<const std::byte> tensors, int batch, std::vector<float>& raw) const {
      return dnn_.dnn().Infer(*runner_, tensors, batch, *clock_, raw);
    }
    /// Whether several inputs may go in at once.
    bool takes_batches() const { return runner_->takes_batches() && !dnn_.dnn().refuses_batches; }
    /// It fails at batches although it declares to take them: not again.
    void RefuseBatches() const { dnn_.dnn().refuses_batches = true; }

   private:
    friend class CandidateStore;
    Use(DnnUse dnn, CandidateId id, const Clock& clock)
        : dnn_(std::move(dnn)), runner_(&dnn_.dnn().RunnerOf(id)), clock_(&clock) {}

    DnnUse dnn_;
    const CandidateRunner* runner_;
    const Clock* clock_;
  };

  /// Loads the candidate unless it is loaded, making room where there is a budget. When another thread is loading it,
  /// or all room is taken by what others are running, waits, at most for `patience`. Error when it cannot be loaded,
  /// cannot fit, or is not there in time; one whose file was found damaged is not read again. A thread that holds a Use
  /// must not ask for another.
  Result<Use> Get(CandidateId id, std::optional<Nanoseconds> patience = {});

  /// Loads all now; under a budget the most useful that it holds together. One that cannot be loaded fails when it is
  /// wanted.
  void LoadAll() { dnns_.LoadAll(); }

  /// What the time until it can run is planned to be: 0 when it is loaded, nothing when no time is enough as things are
  /// (others are running what would have to leave).
  std::optional<Nanoseconds> TimeToLoad(CandidateId id) const;

  /// Asks for the candidate to be loaded beside what goes on; returns at once. It takes the place only of what is less
  /// useful.
  void Want(CandidateId id) { dnns_.Want(DnnOf(id)); }

  /// Bounds what loaded candidates take. Where the process is found to have more than base and candidates explain, or a
  /// load takes more for a moment, others leave for that too, if that suffices. Nothing that is loaded leaves at once.
  /// To be called before others use the store.
  void SetBudget(const MemoryBudget& budget);
  const std::optional<MemoryBudget>& budget() const { return budget_; }

  /// Bytes that the candidate takes, as far as is known: what the bundle says; else what was measured when it was
  /// loaded; else the size of its file.
  std::int64_t BytesOf(CandidateId id) const { return dnns_.BytesOf(DnnOf(id)); }

  /// Whether the budget would hold it, were it alone.
  bool Fits(CandidateId id) const { return !budget_ || BytesOf(id) <= budget_->allowance(); }

  /// share[id] of the inputs run candidate `id`: with its bytes, that decides who leaves first.
  void SetShares(const std::vector<double>& share);

 private:
  std::size_t DnnOf(CandidateId id) const { return dnn_of_[static_cast<std::size_t>(id)]; }

  const Bundle* bundle_;
  const Clock* clock_;
  std::shared_ptr<SharedFeatureDnn> feature_dnn_;
  std::optional<MemoryBudget> budget_;
  std::vector<std::size_t> dnn_of_;  ///< per candidate, into dnns_
  DnnStore dnns_;
};

}  // namespace amsel
