// What a policy would have done on the images of a profile, from recorded answers and times.
#pragma once

#include <vector>

#include "base/clock.h"
#include "learn/learned_policy.h"
#include "policy/episode.h"

namespace amsel {

/// Plays a policy over the rows of a table. Features cost their profiled mean; candidates what was recorded for the
/// image; decisions what `clock` says, or nothing without one. A candidate that failed on the image fails here too, and
/// the policy goes on with the others, as on a device.
class Simulator {
 public:
  Simulator(const Outcomes& table, const LearnedPolicy& learned, int operating_point, const Clock* clock = nullptr);

  SimulatedRun Run(std::size_t i);

 private:
  const Outcomes* table_;
  const LearnedPolicy* learned_;
  const Clock* clock_;
  bool begins_warm_;  ///< see SimulatedRun
  Episode episode_;
  std::vector<std::size_t> feature_positions_;
  double features_ms_;
  std::vector<float> features_;
  std::vector<float> log_probs_;
};

}  // namespace amsel
