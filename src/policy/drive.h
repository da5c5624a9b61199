// The stage loop that every user of an Episode shares: simulation, engine, batch and replay.
#pragma once

#include "policy/episode.h"

namespace amsel {

/// Up to the next step that is not the extraction of features. `decide()` gives the next step, from episode.Next().
/// `extract()` computes the image features and calls episode.ObserveFeatures().
template <typename Decide, typename Extract>
Step AdvanceBy(Decide&& decide, Extract&& extract) {
  for (;;) {
    const Step step = decide();
    if (step.kind != Step::Kind::kExtract) return step;
    extract();
  }
}

/// Advances `episode` until it answers or abstains, where the same candidates may run throughout: AdvanceBy, and
/// `execute(CandidateId)`, which runs the candidate and calls episode.Observe(); it returns false when the candidate
/// could not run, which is then not proposed again. Returns the last step (answer or abstain).
template <typename Extract, typename Execute>
Step Drive(Episode& episode, CandidateSet allowed, Extract&& extract, Execute&& execute) {
  for (;;) {
    const Step step = AdvanceBy([&] { return episode.Next(allowed); }, extract);
    if (step.kind != Step::Kind::kRun) return step;
    if (!execute(step.candidate)) episode.MarkFailed(step.candidate);
  }
}

}  // namespace amsel
