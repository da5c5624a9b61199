// Who is clocked, and what came of it so far. Internal to ClockBundle.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "evaluate/bundle_evaluation.h"
#include "evaluate/clock_images.h"
#include "meter/timed_run.h"
#include "policy/episode.h"
#include "runtime/call.h"

namespace amsel {

/// A row being measured: its policy, and what it did so far.
struct Contender {
  std::shared_ptr<const Policy> policy{};
  std::optional<Episode> episode{};
  RowSamples row;
  std::set<std::vector<std::string>> paths{};
  double overhead_ms = 0;               ///< Σ of what was neither preprocessing nor inference
  double preprocess_ms = 0;             ///< Σ
  std::vector<BundleAnswer> answers{};  ///< image by image; of the bundle's own policy alone
  std::vector<TimedRun> runs{};         ///< all that were timed in blocks
  CandidateId first = 0;                ///< the candidate with which its last answer began
  std::set<std::size_t> failed{};       ///< images without an answer, or with a degraded one

  bool is_single() const { return row.kind == "single"; }
};

/// Every single in the bundle's order, then its policy at each named point.
std::vector<Contender> ContendersOf(const Bundle& bundle, std::size_t images);

/// Which is the headline: the policy's `balanced` point, or its first; the first of all where it has no named one.
std::size_t HeadlineAmong(const std::vector<Contender>& contenders);

/// What answers and is clocked.
struct ClockBench {
  const Bundle& bundle;
  const ClockedImages& images;
  const Clock& clock;
  int repetitions = 1;
  bool on_cpu = true;  ///< all candidates
  Workspace workspace;
};

/// What the contender answers now.
Result<Answer> Ask(ClockBench& bench, Contender& contender, const Image& image);

/// Clocks the contender on each image of a block, after one run that is not counted. Adds images that fail for the
/// first time to `failed`. Error where an answer is not that of an earlier repetition.
Status ClockTurn(ClockBench& bench, const ImageBlock& block, Contender& contender, std::vector<FailedRun>& failed);

/// Clocks singles and headline on the images of a block once more, each right after another candidate: as a device
/// meets them.
void RunCold(ClockBench& bench, const ImageBlock& block, Random& random, std::vector<Contender>& contenders);

}  // namespace amsel
