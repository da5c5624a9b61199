// One image's course from the first decision to its answer, whoever runs the candidates: Call with those of an engine,
// Decisions for a caller who runs them himself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "amsel/engine.h"
#include "base/clock.h"
#include "bundle/bundle.h"
#include "policy/episode.h"

namespace amsel {

/// Keeps the book of an episode: what may still be tried, what ran and what it took, what failed, and why each step was
/// taken. Knows no image, clock or device. Not thread-safe. Once it has been through inputs as long, another takes
/// nothing from memory, unless something fails or is explained.
class Course {
 public:
  /// `bundle` must outlive it.
  explicit Course(const Bundle& bundle) : bundle_(&bundle) {}

  /// Starts on a new input. All must outlive the course, or stay until it begins again; `policy` is the bundle's own or
  /// any over its candidates, `steps`, which may be null, receives the explanation.
  void Begin(const Policy& policy, Episode& episode, std::vector<ExplainedStep>* steps);

  const Policy& policy() const { return *policy_; }
  const Answer& answer() const { return answer_; }

  /// Candidates that have neither run nor failed.
  CandidateSet untried() const { return untried_; }
  bool nothing_ran() const { return episode_->path().empty(); }

  /// What the policy does next where `allowed`, of the untried, may run.
  Step Next(CandidateSet allowed) const { return episode_->Next(allowed); }

  bool explains() const { return steps_ != nullptr; }
  /// Notes why `step` was decided where `allowed` might run.
  void Explain(const Step& step, CandidateSet allowed);

  /// Features of the image, as many as the policy has names for, or why they will not come.
  void TakeFeatures(const Result<std::span<const float>>& read, Nanoseconds took);
  /// They will not come, because of `problem` (which may be empty), of which so much time was spent to know.
  void DenyFeatures(const std::string& problem, Nanoseconds took = Nanoseconds(0));

  /// Candidate `run.candidate` ran, with this canonical output.
  void Observe(const CandidateRun& run, LogProbs log_probs);
  /// The candidate could not run.
  void Fail(CandidateId id, const std::string& why);
  /// Something else than the policy wanted will be done.
  void Degrade(std::string problem);

  /// Completes the answer as `last` says, an answer or an abstention. Something must have run.
  void Conclude(const Step& last, Nanoseconds total);
  /// The answer, which is then gone from here.
  Answer Take() { return std::move(answer_); }

  const std::string& NameOf(CandidateId id) const {
    return bundle_->manifest().candidates[static_cast<std::size_t>(id)].name;
  }

 private:
  const Bundle* bundle_;
  const Policy* policy_ = nullptr;
  Episode* episode_ = nullptr;
  std::vector<ExplainedStep>* steps_ = nullptr;
  CandidateSet untried_;
  Answer answer_;
};

}  // namespace amsel
