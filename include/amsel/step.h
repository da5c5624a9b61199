// One decision of a policy, and why it was taken.
#pragma once

#include <string>

#include "amsel/candidate.h"

namespace amsel {

/// One decision.
struct Step {
  enum class Kind {
    kExtract,  ///< extract the image features, then ask again; at most once for an input
    kRun,      ///< run `candidate` next
    kAnswer,   ///< answer now, from what has run
    kAbstain,  ///< give no answer: nothing may run and nothing has, or what has run is not sure enough
  };
  Kind kind = Kind::kAbstain;
  CandidateId candidate = kNoCandidate;
  float price = 0;  ///< what running `candidate` costs, in milliseconds of the planning device
  float value = 0;  ///< the policy's estimate that the candidate (or the answer) is right, in 0..1; 0 if it has none
};

/// One line of an explanation: what was looked at, its figure, and what came of it.
struct ExplanationNote {
  CandidateId candidate = kNoCandidate;  ///< whom it is about
  std::string subject;                   ///< for example "P(right) by 50 neighbours"
  double figure = 0;                     ///< the subject's value
  std::string outcome;                   ///< in words: "yes", "no", "may not run" …
};

}  // namespace amsel
