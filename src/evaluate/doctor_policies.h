// Ways of deciding that `amsel doctor` plays, each image by one that has not seen it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/doctor.h"
#include "learn/labels.h"

namespace amsel {

/// What one way of deciding did, image by image, and what its null would have: the same shares, blindly.
struct PlayedPoint {
  std::string policy;
  std::string point;
  std::vector<double> right;
  std::vector<double> cost_ms;
  std::vector<double> null_right;
  std::map<std::string, double> shares;
};

/// Choosing by a premodel before any candidate runs: the candidate of the highest P(right) less a price for its time.
struct PlayedSelection {
  std::vector<float> p_right;  ///< [image × candidate], by fits that have not seen the image
  std::vector<PlayedPoint> points;
};

/// Points `accurate` (the most accurate price in no more time than the single best) and `fast` (the cheapest that is no
/// less accurate), chosen inside each training part by cross-fitting once more. `fold_of` per image.
PlayedSelection PlaySelection(const std::string& premodel, const DoctorTable& table, const std::vector<int>& fold_of,
                              std::uint64_t seed);

struct PlayedStopping {
  std::vector<PlayedPoint> points;
  std::optional<PlayedPoint> pooled_oracle;  ///< right and cost_ms alone; where there are outputs
  std::optional<NearMiss> nearest;
};

/// Running candidates in an order of at most three stages and stopping once the answer is sure enough; answers of the
/// stages are pooled where there are outputs (mean log-probability, nothing fitted). Orders and thresholds are found on
/// each training part. Points `balanced`, `fast` and `accurate`, as a staged policy has. `done` is told after each
/// fold.
PlayedStopping PlayStopping(const DoctorTable& table, const std::vector<int>& fold_of,
                            const std::function<void()>& done);

/// Images outside of fold `fold`, and inside.
std::vector<std::size_t> ImagesOf(const std::vector<int>& fold_of, int fold, bool inside);

}  // namespace amsel
