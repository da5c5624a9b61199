// Ways of deciding that `amsel doctor` plays, each image by one that has not seen it: quick settings of what learners
// do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "doctor/subject.h"
#include "learn/learned_policy.h"

namespace amsel {

/// What one way of deciding did, image by image, and what its null would have: the same shares, blindly.
struct PlayedPoint {
  RowSamples row;  ///< named after the policy
  RowSamples null;
};

/// Choosing by a premodel before any candidate runs: the candidate of the highest P(right) less a price for its time.
struct PlayedSelection {
  std::vector<float> p_right;  ///< [r × candidate], by fits that have not seen the image
  std::vector<PlayedPoint> points;
};

/// Points `accurate` (the most accurate price in no more time than the single best) and `fast` (the cheapest that is no
/// less accurate), chosen inside each training part by cross-fitting once more. `fold_of` by r.
PlayedSelection PlaySelection(const std::string& premodel, const Subject& subject, const std::vector<int>& fold_of,
                              std::uint64_t seed);

struct PlayedStopping {
  std::vector<PlayedPoint> points;
  std::optional<RowSamples> pooled_oracle;  ///< right and latency_ms alone; where there are outputs
  std::optional<NearMiss> nearest;
};

/// Running candidates in an order of at most three stages and stopping once the answer is sure enough; answers of the
/// stages are pooled where there are outputs (mean log-probability, nothing fitted). Orders and thresholds are found on
/// each training part. Points `balanced`, `fast` and `accurate`, as a staged policy has. `done` is told after each
/// fold.
PlayedStopping PlayStopping(const Subject& subject, const std::vector<int>& fold_of, const std::function<void()>& done);

}  // namespace amsel
