// Joins points that lie close together: what comparing all pairs gives, without comparing them all.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "profile/disjoint_sets.h"

namespace amsel {

/// How far apart two points are.
enum class PointDistance { kEuclidean, kLargestDifference };

struct PointSet {
  std::span<const float> rows;  ///< points × dimension
  std::size_t dimension = 0;
  PointDistance distance = PointDistance::kEuclidean;
  std::span<const float> radius;       ///< per point: no other one is close to it beyond
  std::span<const std::size_t> names;  ///< per point: its element of the sets
};

/// For how much of the search one point may account: boxes looked into and points compared. Only in a crowd of
/// thousands that lie within reach of one another, and are not close, it needs more, and is then compared with those
/// nearest it in the tree alone.
inline constexpr std::size_t kMostLookedAt = 512;

/// Joins in `sets` the names of each two points that `close(a, b)` holds for (indices of points, a ≠ b). It must be
/// symmetric, and false where their distance is beyond the radius of either.
void JoinClose(const PointSet& points, const std::function<bool(std::size_t a, std::size_t b)>& close,
               DisjointSets& sets);

}  // namespace amsel
