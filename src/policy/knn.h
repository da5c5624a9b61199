// k nearest neighbours (Cover & Hart 1967), Euclidean distance, uniform votes; exact, by a k-d tree (Bentley 1975).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
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
  /// Both, as NAME.points and NAME.targets.
  void Save(const std::string& name, TensorFile& file) const;

 private:
  class Nearest;
  struct Query {
    std::span<const float> at;
    float* distances;  ///< of a leaf's points
  };
  /// Points that lie together, and the box that holds them. The left half of a node follows it.
  struct Node {
    int begin = 0;
    int end = 0;
    int right = 0;  ///< 0: a leaf
  };

  int Build(const std::vector<float>& points, int begin, int end);
  std::size_t Widest(int node) const;
  /// No point of the node is nearer.
  float Bound(int node, std::span<const float> query) const;
  void Search(int node, const Query& query, Nearest& nearest) const;
  void Scan(const Node& leaf, const Query& query, Nearest& nearest) const;

  std::vector<std::int32_t> order_;  // the tree's points, by their positions as they were given
  std::vector<Node> nodes_;
  std::vector<float> boxes_;    // [node × 2 × dimensions]: lowest and highest coordinates
  std::vector<float> columns_;  // [dimensions × count]: one coordinate of all in a row, so that loops vectorise
  std::vector<float> targets_;
  int count_ = 0;
  int dimensions_ = 0;
  int target_count_ = 0;
};

}  // namespace amsel
