// Area under the ROC curve: how well a score tells images apart.
#pragma once

#include <optional>
#include <span>

#include "stats/bootstrap.h"

namespace amsel {

struct Auc {
  double value = 0.5;
  Interval interval;
  double standard_error = 0;
};

/// P(score of a positive image > score of a negative one), ties counting half. `truth` in [0, 1]: an image of truth t
/// counts as t positive and 1 − t negative. `weights` per image (empty: all one); images of a group depend on each
/// other. The interval at `level` is for random groups. Absent where there are no positives, or no negatives.
std::optional<Auc> ComputeAuc(std::span<const float> scores, std::span<const double> truth,
                              std::span<const double> weights, std::span<const int> groups, double level = 0.95);

/// The z with P(|Z| ≤ z) = level, Z standard normal, 0 < level < 1.
double NormalHalfWidth(double level);

}  // namespace amsel
