// The stage loop that every user of an Episode shares: simulation, engine, batch and replay.
#pragma once

#include "amsel/policy.h"

namespace amsel {

/// Advances `episode` until it answers or abstains. `decide()` gives the next step, from episode.Next(). `extract()`
/// computes the image features and calls episode.ObserveFeatures(). `execute(CandidateId)` runs the candidate and calls
/// episode.Observe(); it returns false when the candidate could not run, which is then not proposed again. Returns the
/// last step (answer or abstain).
template <typename Decide, typename Extract, typename Execute>
Step DriveBy(Episode& episode, Decide&& decide, Extract&& extract, Execute&& execute) {
  for (;;) {
    const Step step = decide();
    if (step.kind == Step::Kind::kExtract) {
      extract();
    } else if (step.kind == Step::Kind::kRun) {
      if (!execute(step.candidate)) episode.MarkFailed(step.candidate);
    } else {
      return step;
    }
  }
}

/// The same where the same candidates may run throughout.
template <typename Extract, typename Execute>
Step Drive(Episode& episode, CandidateSet allowed, Extract&& extract, Execute&& execute) {
  return DriveBy(episode, [&] { return episode.Next(allowed); }, extract, execute);
}

}  // namespace amsel
