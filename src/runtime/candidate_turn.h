// One run of a candidate, for one call or for many.
#pragma once

#include <span>

#include "runtime/call.h"

namespace amsel {

/// Gets the candidate, which all `calls` want, loading it where need be; prepares their inputs, waits for the session's
/// turn, runs and clocks it, and tells each what came of it. Of several calls, none of which may have a deadline, all
/// inputs go in at once, or one by one where the DNN takes no batches, or fails at this one; load and run are then
/// shared equally. Whoever fails does not disturb the others. One call's tensor is not copied.
void RunCandidate(CandidateId id, std::span<Call* const> calls);

}  // namespace amsel
