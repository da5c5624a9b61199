// What each candidate takes on this device: variants of one candidate against each other, then all candidates in turns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "meter/timed_run.h"
#include "runtime/verify.h"

namespace amsel {

struct TuneOptions {
  std::vector<Backend*> backends;      ///< to try
  std::vector<std::string> providers;  ///< to try, where a back end has them; empty: the first of each back end
  std::vector<int> threads{1};
  std::vector<GraphOptimization> graphs{GraphOptimization::kAll};
  Precision precision = Precision::kFull;
  std::string cache;
  Nanoseconds time{0};  ///< for each of the two phases, about
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// One way to run a candidate, measured.
struct Variant {
  Placement at;
  double median_ms = 0;  ///< of inference, over rounds; in the time of the first variant that runs
  ConformanceCheck check;
  std::string failure;  ///< why it cannot be used; empty where it can
};

/// All ways that the options allow, the simplest first: by back end, provider, threads, graph.
std::vector<Placement> VariantsOf(const TuneOptions& options);

/// Measures each variant of one candidate in turns with the fastest so far, as long as its share of `time` lasts but
/// three rounds at least. No more than two are loaded at once.
std::vector<Variant> MeasureVariants(const Bundle& bundle, CandidateId id, const std::vector<Placement>& variants,
                                     const Clock& clock, Nanoseconds time);

/// Position of the variant to use: the first that conforms and takes at most 3 % more than the fastest that does; where
/// none conforms the fastest that runs; −1 where none runs.
int BestVariant(const std::vector<Variant>& variants);

/// What a candidate takes where it is placed; times are of runs that other programs did not disturb (see Undisturbed).
struct MeasuredCost {
  double inference_ms = 0;  ///< median over rounds of the mean in a round
  double p50_ms = 0;        ///< over all inferences
  double p99_ms = 0;
  std::optional<double> after_ms{};  ///< inference_ms right after another DNN; absent where there is no other
  double load_ms = 0;
  std::int64_t resident_bytes = 0;
  std::string int8{};  ///< SessionInfo::int8
  ConformanceCheck check;
  std::size_t runs = 0;  ///< that were timed
  std::size_t disturbed = 0;
  bool by_cpu_time = false;
};

/// Loads all candidates, each where it is placed, as an engine would, and lets them take turns, in random order by
/// seed: in each turn one inference that warms caches, one for each recorded tensor, and, once another DNN that is
/// drawn has run, one that finds the caches as that one left them. As long as `time` lasts but five rounds at least.
Result<std::vector<MeasuredCost>> MeasureCosts(const Bundle& bundle, const std::vector<Placement>& placements,
                                               const Clock& clock, Nanoseconds time,
                                               const std::function<void(double share)>& progress);

}  // namespace amsel
