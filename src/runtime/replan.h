// What the operating points of a bundle cost with other costs of its candidates, and which of them keep the promises of
// their names.
#pragma once

#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "policy/policy.h"

namespace amsel {

/// Figures of every point of `before` with the planning costs of `after`, which has the same candidates: mean, p50 and
/// p99 over the point's paths, each path at the mean time of its candidates, preprocessing once per key; worst path.
/// What the plan has beyond candidates (features) is multiplied by `after`'s features_ms over `before`'s.
std::vector<ManifestPoint> ReplannedPoints(const Manifest& before, const Manifest& after, const Policy& policy);

/// Which point gets which name, for the figures in `manifest`: the rules of bundle/named_points.h. A named point that
/// still keeps its promise keeps its name; a name that stood for a certified point goes to a certified one, where one
/// keeps the promise. Then follow all distinct points as numbered ones, the fastest first, so that none is lost for
/// another device. Policies that decide once, and points of other names, stay as they are.
std::vector<PointOf> RechoosePoints(const Manifest& manifest, const Policy& policy);

}  // namespace amsel
