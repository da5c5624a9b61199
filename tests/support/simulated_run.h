// What a policy did with an image, for tests that say it by hand.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "learn/learned_policy.h"

namespace amsel {

/// Those candidates ran, the label's class came at that rank, and it took so long.
inline SimulatedRun Ran(std::vector<std::size_t> path, int rank, double ms) {
  SimulatedRun run;
  run.path = std::move(path);
  run.rank = rank;
  run.latency_ms = ms;
  return run;
}

}  // namespace amsel
