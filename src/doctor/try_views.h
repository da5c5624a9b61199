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

/// What a kind of view brought to cascades of quick settings (doctor/policies.h), on images that these had not seen.
struct TriedKind {
  std::string name;
  double gain = 0;  ///< of accuracy, mean of the points `balanced` and `accurate`, over the DNNs as they are alone
  double gain_error = 0;  ///< one standard error of that, paired by image
  double time_share = 1;  ///< time of the point `fast` by what it takes without the kind
  /// The gain is at least one standard error, or `fast` takes at most 0.9 of the time and is as accurate to within one.
  bool pays = false;
};

/// Each kind alone beside the candidates that are `plain`; each with candidates. `table` has outputs and at least one
/// image for each fold. Deterministic.
std::vector<TriedKind> TryKinds(const Outcomes& table, const std::vector<std::size_t>& plain,
                                const std::vector<ViewKind>& kinds, std::uint64_t seed);

}  // namespace amsel
