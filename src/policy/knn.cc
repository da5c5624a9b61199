#include "policy/knn.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>
#include <utility>

namespace amsel {
namespace {

constexpr int kLeaf = 64;  // points whose distances are computed together

}  // namespace

/// The nearest points so far, ordered by distance, then position; positions travel as the bits of floats, so one
/// scratch serves both.
class KnnIndex::Nearest {
 public:
  Nearest(std::span<float> distances, std::span<float> indices) : distances_(distances), indices_(indices) {}

  /// Whether a point so far away, wherever it stands, could be among them.
  bool InReach(float distance) const { return found_ < distances_.size() || distance <= distances_[found_ - 1]; }

  void Offer(float distance, std::int32_t index) {
    if (found_ == distances_.size() && !Before(distance, index, found_ - 1)) return;
    std::size_t at = found_ < distances_.size() ? found_++ : found_ - 1;
    for (; at > 0 && Before(distance, index, at - 1); --at) {
      distances_[at] = distances_[at - 1];
      indices_[at] = indices_[at - 1];
    }
    distances_[at] = distance;
    indices_[at] = std::bit_cast<float>(index);
  }

  std::size_t found() const { return found_; }
  std::int32_t index(std::size_t at) const { return std::bit_cast<std::int32_t>(indices_[at]); }

 private:
  bool Before(float distance, std::int32_t at_index, std::size_t at) const {
    return distance < distances_[at] || (distance == distances_[at] && at_index < index(at));
  }

  std::span<float> distances_;
  std::span<float> indices_;
  std::size_t found_ = 0;
};

KnnIndex::KnnIndex(std::vector<float> points, std::vector<float> targets, int count, int dimensions, int target_count)
    : order_(static_cast<std::size_t>(count)),
      targets_(std::move(targets)),
      count_(count),
      dimensions_(dimensions),
      target_count_(target_count) {
  const auto n = static_cast<std::size_t>(count);
  const auto d = static_cast<std::size_t>(dimensions);
  assert(points.size() == n * d && targets_.size() == n * static_cast<std::size_t>(target_count));
  std::iota(order_.begin(), order_.end(), 0);
  Build(points, 0, count);
  columns_.resize(points.size());
  for (std::size_t i = 0; i < n; ++i) {
    const auto from = static_cast<std::size_t>(order_[i]);
    for (std::size_t j = 0; j < d; ++j) columns_[j * n + i] = points[from * d + j];
  }
}

/// Halves the points across the widest side of their box, whole leaves on the left. Gives the number of the node.
int KnnIndex::Build(const std::vector<float>& points, int begin, int end) {
  const auto d = static_cast<std::size_t>(dimensions_);
  const auto at = [&](std::int32_t point, std::size_t j) { return points[static_cast<std::size_t>(point) * d + j]; };
  const int node = static_cast<int>(nodes_.size());
  nodes_.push_back({begin, end, 0});
  for (const bool high : {false, true}) {
    for (std::size_t j = 0; j < d; ++j) {
      float edge = begin < end ? at(order_[static_cast<std::size_t>(begin)], j) : 0;
      for (int i = begin; i < end; ++i) {
        const float value = at(order_[static_cast<std::size_t>(i)], j);
        edge = high ? std::max(edge, value) : std::min(edge, value);
      }
      boxes_.push_back(edge);
    }
  }
  const int leaves = (end - begin + kLeaf - 1) / kLeaf;
  if (leaves < 2 || d == 0) return node;
  const std::size_t side = Widest(node);
  const int middle = begin + (leaves / 2) * kLeaf;
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                   [&](std::int32_t a, std::int32_t b) { return at(a, side) < at(b, side); });
  Build(points, begin, middle);
  const int right = Build(points, middle, end);
  nodes_[static_cast<std::size_t>(node)].right = right;
  return node;
}

std::size_t KnnIndex::Widest(int node) const {
  const auto d = static_cast<std::size_t>(dimensions_);
  const float* low = boxes_.data() + static_cast<std::size_t>(node) * 2 * d;
  std::size_t widest = 0;
  for (std::size_t j = 1; j < d; ++j) {
    if (low[d + j] - low[j] > low[d + widest] - low[widest]) widest = j;
  }
  return widest;
}

float KnnIndex::Bound(int node, std::span<const float> query) const {
  constexpr float kRounding = 0.9999F;  // sums need not be rounded alike
  const auto d = static_cast<std::size_t>(dimensions_);
  const float* low = boxes_.data() + static_cast<std::size_t>(node) * 2 * d;
  const float* high = low + d;
  float bound = 0;
  for (std::size_t j = 0; j < d; ++j) {
    const float outside = std::max({low[j] - query[j], query[j] - high[j], 0.0F});
    bound += outside * outside;
  }
  return bound * kRounding;
}

std::size_t KnnIndex::ScratchSize(int k) {
  return kLeaf + 2 * static_cast<std::size_t>(k);
}

void KnnIndex::Scan(const Node& leaf, const Query& query, Nearest& nearest) const {
  const int length = leaf.end - leaf.begin;
  std::fill_n(query.distances, length, 0.0F);
  for (int j = 0; j < dimensions_; ++j) {
    const float* column = columns_.data() + static_cast<std::size_t>(j) * count_ + leaf.begin;
    const float coordinate = query.at[static_cast<std::size_t>(j)];
    for (int i = 0; i < length; ++i) {
      const float difference = column[i] - coordinate;
      query.distances[i] += difference * difference;
    }
  }
  const std::int32_t* positions = order_.data() + leaf.begin;
  for (int i = 0; i < length; ++i) {
    if (nearest.InReach(query.distances[i])) nearest.Offer(query.distances[i], positions[i]);
  }
}

/// The nearer half first, and the other one only where it may hold one of the nearest.
void KnnIndex::Search(int node, const Query& query, Nearest& nearest) const {
  const Node& at = nodes_[static_cast<std::size_t>(node)];
  if (at.right == 0) return Scan(at, query, nearest);
  int first = node + 1;
  int second = at.right;
  float first_bound = Bound(first, query.at);
  float second_bound = Bound(second, query.at);
  if (second_bound < first_bound) {
    std::swap(first, second);
    std::swap(first_bound, second_bound);
  }
  if (nearest.InReach(first_bound)) Search(first, query, nearest);
  if (nearest.InReach(second_bound)) Search(second, query, nearest);
}

void KnnIndex::MeanTargets(std::span<const float> query, int k, std::span<float> scratch, std::span<float> out) const {
  assert(count_ > 0 && k > 0 && scratch.size() >= ScratchSize(k));
  const auto kept = static_cast<std::size_t>(k);
  Nearest nearest(scratch.subspan(kLeaf, kept), scratch.subspan(kLeaf + kept, kept));
  Search(0, {query, scratch.data()}, nearest);
  std::fill(out.begin(), out.end(), 0.0F);
  for (std::size_t i = 0; i < nearest.found(); ++i) {
    const float* row = targets_.data() + static_cast<std::size_t>(nearest.index(i)) * target_count_;
    for (std::size_t t = 0; t < out.size(); ++t) out[t] += row[t];
  }
  for (float& mean : out) mean /= static_cast<float>(nearest.found());
}

Tensor KnnIndex::PointsTensor() const {
  std::vector<float> rows(columns_.size());
  const auto n = static_cast<std::size_t>(count_);
  const auto d = static_cast<std::size_t>(dimensions_);
  for (std::size_t i = 0; i < n; ++i) {
    const auto to = static_cast<std::size_t>(order_[i]);
    for (std::size_t j = 0; j < d; ++j) rows[to * d + j] = columns_[j * n + i];
  }
  return Tensor::Floats({count_, dimensions_}, std::move(rows));
}

Tensor KnnIndex::TargetsTensor() const {
  return Tensor::Floats({count_, target_count_}, targets_);
}

void KnnIndex::Save(const std::string& name, TensorFile& file) const {
  file.tensors[name + ".points"] = PointsTensor();
  file.tensors[name + ".targets"] = TargetsTensor();
}

}  // namespace amsel
