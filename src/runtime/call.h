// One image on its way to an answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/course.h"
#include "runtime/executor.h"

namespace amsel {

/// Drives an episode over one image with the working memory of one executor, and keeps it within its time and the
/// memory budget. Either Run() alone, or the rest, by someone who advances many calls side by side. Not thread-safe.
class Call {
 public:
  /// All references must outlive the call; the executor serves no other meanwhile. Time counts from here, but for
  /// `budget`.
  Call(Executor& executor, const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget,
       std::vector<ExplainedStep>* steps);

  /// From here to the answer.
  Result<Answer> Run();

  /// Decides, and extracts features where they are asked for, up to the candidate that shall run next; kNoCandidate
  /// when the way is at its end.
  CandidateId Advance();

  /// The input tensor of that candidate; valid until the executor turns to another image. Its time is charged to the
  /// candidate's run.
  std::span<const std::byte> Prepare(CandidateId id);

  /// The candidate ran, loaded in `run.load` and for this image's share `run.inference`: its raw output.
  void Ran(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw);

  /// The candidate could not run.
  void Failed(CandidateId id, const Error& error);

  /// Between these the call is charged nothing but what Ran() says.
  void Pause() { paused_since_ = Now(); }
  void Resume() { not_charged_ += Now() - paused_since_; }

  /// The answer, once Advance() has given kNoCandidate. Error when no candidate ran.
  Result<Answer> Finish();

 private:
  Nanoseconds Now() const { return executor_.clock().Now(); }
  CandidateStore& store() const { return executor_.store(); }
  const Policy& policy() const { return course_.policy(); }
  Nanoseconds FeaturesTime() const { return FromMilliseconds(executor_.bundle().manifest().features_ms); }
  /// Absent where there is no deadline.
  std::optional<Nanoseconds> TimeLeft() const;

  Step Decide();
  Step DecideWithin(const Step& wish, std::optional<Nanoseconds> left, CandidateSet& allowed);
  CandidateSet Fitting(std::optional<Nanoseconds> left) const;
  Step WithoutFeatures(CandidateSet allowed);
  void NoteRestriction(const Step& wish, std::optional<Nanoseconds> left);
  std::string WhyNot(CandidateId id, std::optional<Nanoseconds> left) const;
  void Execute(CandidateId id);
  Status Try(CandidateId id);
  Status Observe(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw);
  Error NothingRan() const;

  Executor& executor_;
  Course course_;
  ImageView image_;
  TimeBudget budget_;
  Nanoseconds start_;
  Nanoseconds not_charged_{0};
  Nanoseconds paused_since_{0};
  Nanoseconds preparing_{0};           ///< for the candidate that runs next
  CandidateSet noted_;                 ///< candidates whose restriction is among the problems
  std::optional<Nanoseconds> needed_;  ///< by the cheapest next step, once time did not suffice
  Nanoseconds left_{0};                ///< then
  Step last_;
};

}  // namespace amsel
