// Which of many trade-offs get the names that users know: what learning, tuning for a device and governing agree on.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "policy/policy.h"

namespace amsel {

/// What is planned of one trade-off. Accuracies are shares of images, times milliseconds.
struct PlannedPoint {
  double accuracy = 0;
  double gain = 0;        ///< accuracy less the single best's
  double gain_error = 0;  ///< one standard error of that difference, paired by image
  double mean_ms = 0;
  double mean_error_ms = 0;  ///< one standard error
  double p99_ms = 0;         ///< of its paths' mean times: the tail that choosing makes, not that of single runs
  int complexity = 0;        ///< the fewer the simpler; equal ones are not told apart
  bool single_best = false;  ///< the single best alone
};

/// The bar for every point whose name promises the single best's accuracy: its gain is at least kBarMargin standard
/// errors, since what looks best of thousands owes part of that to luck. The single best alone passes.
inline constexpr double kBarMargin = 1;
bool PassesBar(const PlannedPoint& point);

/// Positions in the list of options.
struct NamedPoints {
  std::size_t balanced = 0;
  std::size_t fast = 0;
  std::size_t accurate = 0;
  std::size_t steady = 0;

  friend bool operator==(const NamedPoints&, const NamedPoints&) = default;
};

struct PointChoice {
  double single_best_ms = 0;
  /// Whether the simpler option gives away no more accuracy against the most accurate than simplicity is worth. Where
  /// it is empty, nothing is simplified.
  std::function<bool(std::size_t simpler, std::size_t most_accurate)> as_good{};
  /// Those that have the names now: each keeps its name while it may have it (`fast`, while nothing takes less time).
  std::optional<NamedPoints> present{};
};

/// Of the options that pass the bar
///   fast      takes the least time;
///   balanced  is the most accurate at kBalancedSpeed times the single best's speed; `fast` where none is so fast;
///   accurate  is the most accurate within the single best's time; `balanced` where there is none;
///   steady    is the most accurate whose p99_ms is within the single best's time; `fast` where there is none.
/// Mean times are within a limit by one standard error. Planned time and accuracy never fall from fast to balanced to
/// accurate. Absent where none passes the bar.
std::optional<NamedPoints> ChooseNamedPoints(std::span<const PlannedPoint> options, const PointChoice& choice);

/// Sets `same_as` of every point that decides as an earlier one does; `from[i].from` is points[i] in the policy.
void NameTwins(const Policy& policy, const std::vector<PointOf>& from, std::vector<ManifestPoint>& points);

}  // namespace amsel
