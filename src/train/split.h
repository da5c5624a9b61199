// Who may look at which images.
#pragma once

#include <cstdint>
#include <vector>

#include "outcomes/outcomes.h"

namespace amsel {

struct SplitOptions {
  double test_fraction = 0;  ///< share of the images set aside, by group and class, for a later evaluation
  /// Share of the other images that is kept from learning for certificates, where the list has no split `certify`; not
  /// taken from fewer than kFewestToCertify images.
  double certify_fraction = 0.2;
  bool certify_few = false;  ///< take it from fewer images, too
};

/// Fewer images are better used for learning: a fifth of them certifies next to nothing.
inline constexpr std::size_t kFewestToCertify = 1000;

struct TrainingSplit {
  std::vector<std::size_t> learn;
  std::vector<std::size_t> certify;  ///< opened once, when all is chosen
};

/// Leaves out the images of split test, and `test_fraction` of the rest. Deterministic.
TrainingSplit SplitForTraining(const Outcomes& table, const SplitOptions& options, std::uint64_t seed);

}  // namespace amsel
