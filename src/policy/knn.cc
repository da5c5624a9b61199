#include "policy/knn.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>

namespace amsel {
namespace {

constexpr int kBlock = 256;  // points whose distances are computed together: one kilobyte

/// The nearest points so far, ordered by distance; indices travel as the bits of floats, so one scratch serves both.
class Nearest {
 public:
  Nearest(std::span<float> distances, std::span<float> indices) : distances_(distances), indices_(indices) {}

  bool Accepts(float distance) const { return found_ < distances_.size() || distance < distances_[found_ - 1]; }

  void Insert(float distance, std::int32_t index) {
    std::size_t at = found_ < distances_.size() ? found_++ : found_ - 1;
    for (; at > 0 && distances_[at - 1] > distance; --at) {
      distances_[at] = distances_[at - 1];
      indices_[at] = indices_[at - 1];
    }
    distances_[at] = distance;
    indices_[at] = std::bit_cast<float>(index);
  }

  std::size_t found() const { return found_; }
  std::int32_t index(std::size_t at) const { return std::bit_cast<std::int32_t>(indices_[at]); }

 private:
  std::span<float> distances_;
  std::span<float> indices_;
  std::size_t found_ = 0;
};

}  // namespace

KnnIndex::KnnIndex(std::vector<float> points, std::vector<float> targets, int count, int dimensions, int target_count)
    : targets_(std::move(targets)), count_(count), dimensions_(dimensions), target_count_(target_count) {
  const auto n = static_cast<std::size_t>(count);
  const auto d = static_cast<std::size_t>(dimensions);
  assert(points.size() == n * d && targets_.size() == n * static_cast<std::size_t>(target_count));
  columns_.resize(points.size());
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) columns_[j * n + i] = points[i * d + j];
  }
}

std::size_t KnnIndex::ScratchSize(int k) {
  return kBlock + 2 * static_cast<std::size_t>(k);
}

void KnnIndex::MeanTargets(std::span<const float> query, int k, std::span<float> scratch, std::span<float> out) const {
  assert(count_ > 0 && k > 0 && scratch.size() >= ScratchSize(k));
  float* distances = scratch.data();
  const auto kept = static_cast<std::size_t>(k);
  Nearest nearest(scratch.subspan(kBlock, kept), scratch.subspan(kBlock + kept, kept));
  for (int begin = 0; begin < count_; begin += kBlock) {
    const int length = std::min(kBlock, count_ - begin);
    std::fill_n(distances, length, 0.0F);
    for (int j = 0; j < dimensions_; ++j) {
      const float* column = columns_.data() + static_cast<std::size_t>(j) * count_ + begin;
      const float coordinate = query[static_cast<std::size_t>(j)];
      for (int i = 0; i < length; ++i) {
        const float difference = column[i] - coordinate;
        distances[i] += difference * difference;
      }
    }
    for (int i = 0; i < length; ++i) {
      if (nearest.Accepts(distances[i])) nearest.Insert(distances[i], begin + i);
    }
  }
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
    for (std::size_t j = 0; j < d; ++j) rows[i * d + j] = columns_[j * n + i];
  }
  return Tensor::Floats({count_, dimensions_}, std::move(rows));
}

Tensor KnnIndex::TargetsTensor() const {
  return Tensor::Floats({count_, target_count_}, targets_);
}

}  // namespace amsel
