// Which kinds of views pay, found out on a sample of the images before all of them are profiled in many views.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outcomes/outcomes.h"

namespace amsel {

/// The candidates that one kind of view adds to the DNNs as they are.
struct ViewKind {
  std::string name;  ///< "hflip", "size:auto" …
  std::vector<std::size_t> candidates;
};

/// What a kind of view brought to cascades of two (learn/textbook.h) that were chosen on other images, at several
/// prices of time: accuracy less the price of its time, so that both views that are more accurate and those that are
/// faster count.
struct TriedKind {
  std::string name;
  double worth = 0;        ///< more than the DNNs as they are alone: mean over the prices, as a share of images
  double worth_error = 0;  ///< one standard error of that, paired by image
  bool pays = false;       ///< it is worth more than nothing, and at least half a standard error
};

/// Each kind alone beside the candidates that are `plain`; each with candidates. `table` has outputs and at least one
/// image for each fold. Deterministic.
std::vector<TriedKind> TryKinds(const Outcomes& table, const std::vector<std::size_t>& plain,
                                const std::vector<ViewKind>& kinds, std::uint64_t seed);

}  // namespace amsel
