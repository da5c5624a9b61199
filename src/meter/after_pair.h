// How long a DNN's run takes right after another DNN's, which leaves cold caches, beside one that is warm.
#pragma once

#include "amsel/result.h"
#include "base/status_macros.h"
#include "meter/timed_run.h"

namespace amsel {

struct AfterPair {
  TimedRun after;  ///< right after the other DNN
  TimedRun again;  ///< a few runs in a row later
};

/// Runs in a row until one is warm: the second still takes 5 % longer where the first takes 15.
inline constexpr int kUntilWarm = 4;

/// Times `infer`, which gives a Status, in a row; the other DNN has just run. Error: that of a run that failed.
template <typename Infer>
Result<AfterPair> TimeAfterAnother(const Clock& clock, bool on_cpu, Infer&& infer) {
  AfterPair pair;
  for (int in_a_row = 0; in_a_row < kUntilWarm; ++in_a_row) {
    const RunTimer timer(clock, on_cpu);
    AMSEL_RETURN_IF_ERROR(infer());
    pair.again = timer.Stop();
    if (in_a_row == 0) pair.after = pair.again;
  }
  return pair;
}

}  // namespace amsel
