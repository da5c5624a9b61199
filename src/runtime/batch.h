// Several images side by side: those that go on to the same candidate share one run of it.
#pragma once

#include <memory>
#include <vector>

#include "runtime/call.h"

namespace amsel {

/// Advances the calls, which come paused, stage by stage to their ends: all decide, then each candidate that is wanted
/// runs once, on all inputs that want it (one by one where its DNN takes no batches, or fails at this one). Gives an
/// answer or an error for each call, in order. Whoever fails does not disturb the others. A run's time is shared
/// equally among its inputs, and each answer's times are those of its shares.
std::vector<Result<Answer>> FinishTogether(std::vector<std::unique_ptr<Call>>& calls, CandidateStore& store,
                                           const Clock& clock);

}  // namespace amsel
