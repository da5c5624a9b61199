// What the operating points of a bundle cost with other costs of its candidates, and which of them keep the promises of
// their names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "amsel/policy.h"
#include "bundle/manifest.h"

namespace amsel {

/// Figures of every point of `before` with the planning costs of `after`, which has the same candidates: mean, p50 and
/// p99 over the point's paths, each path at the mean time of its candidates, preprocessing once per key; worst path.
/// What the plan has beyond candidates (features) is multiplied by `after`'s features_ms over `before`'s.
std::vector<ManifestPoint> ReplannedPoints(const Manifest& before, const Manifest& after, const Policy& policy);

/// A point of the new list, and the position of the one of the old list that it is.
struct RechosenPoint {
  std::string name;
  std::size_t from = 0;
};

/// Which point gets which name, for the figures in `manifest`: the rules of bundle/named_points.h. A named point that
/// still keeps its promise keeps its name; a name that stood for a certified point goes to a certified one, where one
/// keeps the promise. Then follow all distinct points as numbered ones, the fastest first, so that none is lost for
/// another device. Policies that are not staged, and points of other names, stay as they are.
std::vector<RechosenPoint> RechoosePoints(const Manifest& manifest, const Policy& policy);

/// Sets `same_as` of every point that decides as an earlier one does; `from[i].from` is points[i] in the policy.
void NameTwins(const Policy& policy, const std::vector<RechosenPoint>& from, std::vector<ManifestPoint>& points);

/// The policy with these points, and with the planned costs by candidate; null where it is not staged: such a policy
/// may decide by costs, and stays as it was tested.
std::unique_ptr<Policy> WithPoints(const Policy& policy, const std::vector<RechosenPoint>& points,
                                   const std::vector<double>& costs_ms);

}  // namespace amsel
