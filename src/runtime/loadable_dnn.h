// One DNN of a bundle, with its views: what is loaded, counted and dismissed as a whole.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/backends.h"
#include "backend/candidate_runner.h"
#include "base/clock.h"
#include "bundle/bundle.h"
#include "runtime/residency.h"

namespace amsel {

/// Whoever uses it sees to it that Open(), Keep() and Dismiss() meet nothing else; all else is thread-safe.
class LoadableDnn {
 public:
  /// All references must outlive it. `views` are its candidates, at least one.
  LoadableDnn(const Bundle& bundle, std::vector<CandidateId> views, Placement at)
      : bundle_(&bundle), views_(std::move(views)), at_(std::move(at)) {}

  CandidateId first_view() const { return views_.front(); }

  /// What is known of it before it has been loaded.
  ResidentDnn Unloaded() const;

  using Runners = std::vector<CandidateRunner>;  ///< by view, over one session; none: it is not loaded

  /// Opens it where it is placed. Its checksums are looked at until they have been found right; one that was found
  /// damaged is not read again.
  Result<Runners> Open();
  const std::optional<Error>& damage() const { return damage_; }

  void Keep(Runners runners) { runners_ = std::move(runners); }
  Runners Dismiss() { return std::exchange(runners_, {}); }
  const CandidateRunner& RunnerOf(CandidateId view) const;

  /// CandidateRunner::InferBatch, once it is this thread's turn where the session is not concurrent; gives what the run
  /// alone took.
  Result<Nanoseconds> Infer(const CandidateRunner& runner, std::span<const std::byte> tensors, int batch,
                            const Clock& clock, std::vector<float>& raw);

  /// It fails at batches although it declares to take them.
  std::atomic<bool> refuses_batches{false};

 private:
  const Bundle* bundle_;
  std::vector<CandidateId> views_;
  Placement at_;
  std::string file_;             ///< once its checksum has been found right
  std::optional<Error> damage_;  ///< once it has been found wrong
  Runners runners_;
  std::mutex turn_;
};

}  // namespace amsel
