// A k-d tree of bounding boxes (Bentley 1975; midpoint splits as Maneewongvatana & Mount 1999), asked once a point for
// what comes after it. A subtree whose points are all in the point's own set already has nothing to join and is passed
// over, so that crowds of points that are all joined cost no more than scattered ones; what else a point may look at is
// bounded, which bounds the time whatever the points are.
#include "profile/close_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace amsel {
namespace {

constexpr std::size_t kLeaf = 16;
constexpr std::size_t kLeastShare = 16;  ///< a side of a midpoint split has at least one in so many points
constexpr std::size_t kBlock = 16;       ///< coordinates between two looks at whether it is too far already
constexpr float kSlack = 1.001F;         ///< distances to boxes are rounded; the last word is close()'s

class Tree {
 public:
  Tree(const PointSet& points, const std::function<bool(std::size_t, std::size_t)>& close, DisjointSets& sets)
      : points_(points), close_(close), sets_(sets), order_(points.names.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (!order_.empty()) Build(0, order_.size());
  }

  void Run() {
    for (std::size_t at = 0; at < order_.size(); ++at) {
      left_ = kMostLookedAt;
      Ask(0, at);
    }
  }

 private:
  struct Node {
    std::size_t begin = 0;  ///< of order_
    std::size_t end = 0;
    std::size_t right = 0;  ///< the left child follows its parent; 0: a leaf
    bool one_set = false;   ///< all its points are known to be in one set
  };

  const float* Row(std::size_t point) const { return points_.rows.data() + point * points_.dimension; }

  /// Lowest and highest of each coordinate.
  void AddBox(std::size_t begin, std::size_t end) {
    const std::size_t low = boxes_.size();
    const std::size_t dimension = points_.dimension;
    boxes_.insert(boxes_.end(), Row(order_[begin]), Row(order_[begin]) + dimension);
    boxes_.insert(boxes_.end(), Row(order_[begin]), Row(order_[begin]) + dimension);
    for (std::size_t at = begin + 1; at < end; ++at) {
      const float* row = Row(order_[at]);
      for (std::size_t d = 0; d < dimension; ++d) {
        boxes_[low + d] = std::min(boxes_[low + d], row[d]);
        boxes_[low + dimension + d] = std::max(boxes_[low + dimension + d], row[d]);
      }
    }
  }

  const float* Low(std::size_t node) const { return boxes_.data() + 2 * node * points_.dimension; }
  const float* High(std::size_t node) const { return Low(node) + points_.dimension; }

  /// Where to split [begin, end): in the middle of the widest side, or of its points where that leaves too few on a
  /// side.
  std::size_t Split(std::size_t node, std::size_t begin, std::size_t end) {
    std::size_t widest = 0;
    for (std::size_t d = 1; d < points_.dimension; ++d) {
      if (High(node)[d] - Low(node)[d] > High(node)[widest] - Low(node)[widest]) widest = d;
    }
    const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    const float middle = 0.5F * (Low(node)[widest] + High(node)[widest]);
    const auto split =
        std::partition(at(begin), at(end), [&](std::size_t point) { return Row(point)[widest] < middle; });
    const auto count = static_cast<std::size_t>(split - at(begin));
    if (std::min(count, end - begin - count) >= (end - begin) / kLeastShare) return begin + count;
    const std::size_t half = begin + (end - begin) / 2;
    std::nth_element(at(begin), at(half), at(end),
                     [&](std::size_t a, std::size_t b) { return Row(a)[widest] < Row(b)[widest]; });
    return half;
  }

  void Build(std::size_t begin, std::size_t end) {
    const std::size_t node = nodes_.size();
    nodes_.push_back({begin, end, 0, end - begin == 1});
    AddBox(begin, end);
    if (end - begin <= kLeaf) return;
    const std::size_t middle = Split(node, begin, end);
    Build(begin, middle);
    nodes_[node].right = nodes_.size();
    Build(middle, end);
  }

  bool Reaches(std::size_t point, std::size_t node) const {
    const float* row = Row(point);
    const float* low = Low(node);
    const float* high = High(node);
    const float radius = points_.radius[point] * kSlack;
    const bool euclidean = points_.distance == PointDistance::kEuclidean;
    float largest = 0;
    float squares = 0;
    for (std::size_t block = 0; block < points_.dimension; block += kBlock) {
      for (std::size_t d = block; d < std::min(block + kBlock, points_.dimension); ++d) {
        const float beyond = std::max(std::max(low[d] - row[d], row[d] - high[d]), 0.0F);
        largest = std::max(largest, beyond);
        squares += beyond * beyond;
      }
      if (euclidean ? squares > radius * radius : largest > radius) return false;
    }
    return true;
  }

  std::size_t SetOf(std::size_t at) { return sets_.Find(points_.names[order_[at]]); }

  /// Joins the point at `at` with those of the node that come after it.
  void Ask(std::size_t node, std::size_t at) {
    if (nodes_[node].end <= at + 1) return;
    if (nodes_[node].one_set && SetOf(nodes_[node].begin) == SetOf(at)) return;
    if (left_ == 0) return;
    --left_;
    if (!Reaches(order_[at], node)) return;
    const std::size_t right = nodes_[node].right;
    if (right == 0) {
      AskLeaf(nodes_[node], at);
    } else {
      Ask(node + 1, at);
      Ask(right, at);
      nodes_[node].one_set = nodes_[node + 1].one_set && nodes_[right].one_set &&
                             SetOf(nodes_[node + 1].begin) == SetOf(nodes_[right].begin);
    }
  }

  void AskLeaf(Node& leaf, std::size_t at) {
    for (std::size_t other = std::max(leaf.begin, at + 1); other < leaf.end && left_ > 0; ++other) {
      if (SetOf(other) == SetOf(at)) continue;
      --left_;
      if (close_(order_[at], order_[other])) sets_.Join(points_.names[order_[at]], points_.names[order_[other]]);
    }
    leaf.one_set = true;
    for (std::size_t other = leaf.begin; other < leaf.end; ++other) {
      leaf.one_set = leaf.one_set && SetOf(other) == SetOf(leaf.begin);
    }
  }

  const PointSet& points_;
  const std::function<bool(std::size_t, std::size_t)>& close_;
  DisjointSets& sets_;
  std::vector<std::size_t> order_;
  std::vector<Node> nodes_;
  std::size_t left_ = 0;      ///< that the point which is asked for may still look at
  std::vector<float> boxes_;  ///< per node: lows, then highs
};

}  // namespace

void JoinClose(const PointSet& points, const std::function<bool(std::size_t a, std::size_t b)>& close,
               DisjointSets& sets) {
  Tree(points, close, sets).Run();
}

}  // namespace amsel
