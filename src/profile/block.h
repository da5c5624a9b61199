// One block of images in memory, and one candidate's turn on it. Internal to the profiler and its benchmark.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "backend/candidate_runner.h"
#include "backend/output_facts.h"
#include "base/clock.h"
#include "card/view.h"
#include "image/decode.h"
#include "image/image_reader.h"
#include "image/preprocess.h"
#include "meter/timed_run.h"

namespace amsel {

/// How many of the images, from the first on, fit into memory together: at least one. Reads their headers alone.
std::size_t FitTogether(ImageReader& reader, const std::vector<std::string>& references, const DecodeOptions& decode);

/// The images, decoded; of too many to fit into memory, the first.
Result<std::vector<Image>> DecodeTogether(ImageReader& reader, const std::vector<std::string>& references,
                                          const DecodeOptions& decode);

/// A decoded image and its position in the list.
struct LoadedImage {
  std::int64_t id = 0;
  Image image;
};

/// The images of a block that somebody is to run on.
struct Turn {
  std::vector<const Image*> images;
  std::vector<std::int64_t> ids;
};

/// Those of `loaded` whose `misses(id)` holds.
template <typename Misses>
Turn TurnOf(const std::vector<LoadedImage>& loaded, Misses&& misses) {
  Turn turn;
  for (const LoadedImage& image : loaded) {
    if (!misses(image.id)) continue;
    turn.images.push_back(&image.image);
    turn.ids.push_back(image.id);
  }
  return turn;
}

struct RunTimes {
  Nanoseconds preprocess{0};
  TimedRun inference;
};

/// A candidate with what its turns need.
struct ProfiledCandidate {
  CandidateRunner runner;
  Preprocessor preprocessor;
  std::vector<std::byte> tensor;
  std::vector<float> log_probs;
  View view{};
  bool on_cpu = true;       ///< where it infers
  OutputFacts facts{};      ///< of its first few hundred answers
  std::int64_t id = 0;      ///< in the profile
  std::int64_t config = 0;  ///< that it runs with

  /// "resnet20@hflip"
  std::string name() const { return NameInView(runner.card().name, view); }
};

/// Called for each image of a turn with its position, its times and the canonical output, or why there is none.
using TurnSink =
    std::function<Status(std::size_t position, const RunTimes& times, const Result<std::span<const float>>& log_probs)>;

/// Runs the candidate on each image, preprocessing and inference timed apart, after one untimed inference that warms
/// caches. `images` must not be empty. Only an error of the sink ends it.
Status RunTurn(ProfiledCandidate& candidate, const std::vector<const Image*>& images, const Clock& clock,
               const TurnSink& sink);

}  // namespace amsel
