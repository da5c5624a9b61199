// One block of images in memory, and one candidate's turn on it. Internal to the profiler and its benchmark.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "backend/candidate_runner.h"
#include "base/clock.h"
#include "image/preprocess.h"

namespace amsel {

struct RunTimes {
  Nanoseconds preprocess{0};
  Nanoseconds inference{0};
};

/// A candidate with what its turns need.
struct ProfiledCandidate {
  CandidateRunner runner;
  Preprocessor preprocessor;
  std::vector<std::byte> tensor;
  std::vector<float> log_probs;
};

/// Called for each image of a turn with its position, its times and the canonical output.
using TurnSink = std::function<Status(std::size_t position, const RunTimes& times, std::span<const float> log_probs)>;

/// Runs the candidate on each image, preprocessing and inference timed apart, after one untimed inference that warms
/// caches. `images` must not be empty. The error names the position of the image that failed.
Status RunTurn(ProfiledCandidate& candidate, const std::vector<const Image*>& images, const Clock& clock,
               const TurnSink& sink);

}  // namespace amsel
