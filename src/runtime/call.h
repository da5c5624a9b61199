// One image on its way to an answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/course.h"
#include "runtime/workspace.h"

namespace amsel {

/// How long an answer may take.
struct TimeBudget {
  std::optional<Nanoseconds> deadline;  ///< since the call began; absent: as long as it takes
  Nanoseconds spent{0};                 ///< by the call before it came here: decoding is part of it
};

/// Drives an episode over one image in a workspace, and keeps it within its time and the memory budget. Either Run()
/// alone, or the rest, by someone who advances many calls side by side. Not thread-safe.
class Call {
 public:
  /// All references must outlive the call; the workspace serves no other meanwhile. `image` is BGR (of a file where the
  /// workspace reads_file()), `policy` the bundle's own or any over its candidates. Time counts from here, but for
  /// `budget`. See Engine::Run for `steps`.
  Call(Workspace& workspace, const Policy& policy, Episode& episode, const ImageView& image,
       const TimeBudget& budget = {}, std::vector<ExplainedStep>* steps = nullptr);

  /// From here to the answer. Error when no candidate could run or none fits the budget.
  Result<Answer> Run();

  /// From here on the call is charged for what its own functions take and for what Ran() says, and nothing else.
  void ShareRuns() { paused_since_ = Now(); }

  /// Decides, and extracts features where they are asked for, up to the candidate that shall run next; kNoCandidate
  /// when the way is at its end.
  CandidateId Advance();

  Workspace& workspace() const { return workspace_; }

  /// Absent where there is no deadline.
  std::optional<Nanoseconds> TimeLeft() const;

  /// The input tensor of that candidate; valid until the workspace turns to another image. Its time is charged to the
  /// candidate's run.
  std::span<const std::byte> Prepare(CandidateId id);

  /// The candidate ran, loaded in `run.load` and for this image's share `run.inference`: its raw output.
  void Ran(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw);

  /// The candidate could not run.
  void Failed(CandidateId id, const Error& error);

  /// The answer, once Advance() has given kNoCandidate. Error when no candidate ran.
  Result<Answer> Finish();

 private:
  class Charge;

  /// That time did not suffice: what the cheapest next step needed, and what was left then.
  struct Shortage {
    Nanoseconds needed;
    Nanoseconds left;
  };

  Nanoseconds Now() const { return workspace_.clock().Now(); }
  CandidateStore& store() const { return workspace_.store(); }
  const Policy& policy() const { return course_.policy(); }
  Nanoseconds FeaturesTime() const { return FromMilliseconds(workspace_.bundle().manifest().features_ms); }
  Nanoseconds PlannedTime(CandidateId id) const;

  Step Decide();
  Step DecideWithin(const Step& wish, std::optional<Nanoseconds> left, CandidateSet& allowed);
  CandidateSet Fitting(std::optional<Nanoseconds> left) const;
  Step WithoutFeatures(CandidateSet allowed);
  void NoteRestriction(const Step& wish, std::optional<Nanoseconds> left);
  std::string WhyNot(CandidateId id, std::optional<Nanoseconds> left) const;
  Error NothingRan() const;

  Workspace& workspace_;
  Course course_;
  ImageView image_;
  TimeBudget budget_;
  Nanoseconds start_;                        ///< later by what is not charged
  std::optional<Nanoseconds> paused_since_;  ///< where runs are shared
  Nanoseconds preparing_{0};                 ///< for the candidate that runs next
  CandidateSet noted_;                       ///< candidates whose restriction is among the problems
  std::optional<Shortage> shortage_;
  Step last_;
};

}  // namespace amsel
