// Several images side by side: those that go on to the same candidate share one run of it.
#pragma once

#include <memory>
#include <vector>

#include "runtime/call.h"

namespace amsel {

/// Advances the calls, which share runs (Call::ShareRuns), stage by stage to their ends: all decide, then each
/// candidate that is wanted runs once, for all that want it (RunCandidate), then all decide again. Gives an answer or
/// an error for each call, in order.
std::vector<Result<Answer>> FinishTogether(const std::vector<std::unique_ptr<Call>>& calls);

}  // namespace amsel
