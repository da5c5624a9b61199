// k nearest neighbours by exhaustive search (Cover & Hart 1967), Euclidean distance, uniform votes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/tensor_file.h"

namespace amsel {

/// Training points with one or more targets each. Immutable, thread-safe.
class KnnIndex {
 public:
  KnnIndex() = default;
  /// `points` [count × dimensions] and `targets` [count × target_count], row-major.
  KnnIndex(std::vector<float> points, std::vector<float> targets, int count, int dimensions, int target_count);

  int size() const { return count_; }
  int dimensions() const { return dimensions_; }
  int target_count() const { return target_count_; }

  /// Floats of working memory for MeanTargets with this `k`.
  static std::size_t ScratchSize(int k);

  /// Mean of each target over the min(k, size()) points nearest to `query`; ties in distance go to the earlier point.
  /// `scratch` has ScratchSize(k) floats, `out` target_count(). Allocates nothing. size() and k must be positive.
  void MeanTargets(std::span<const float> query, int k, std::span<float> scratch, std::span<float> out) const;

  /// Points [count, dimensions] and targets [count, target_count] for a tensor file.
  Tensor PointsTensor() const;
  Tensor TargetsTensor() const;

 private:
  std::vector<float> columns_;  // [dimensions × count]: one coordinate of all points in a row, so that loops vectorise
  std::vector<float> targets_;
  int count_ = 0;
  int dimensions_ = 0;
  int target_count_ = 0;
};

}  // namespace amsel
