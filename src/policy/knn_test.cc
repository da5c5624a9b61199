#include "policy/knn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

/// Sorts all points by (distance, position): what MeanTargets must equal.
std::vector<float> Reference(const std::vector<float>& points, const std::vector<float>& targets, int dimensions,
                             int target_count, const std::vector<float>& query, int k) {
  const auto count = static_cast<int>(points.size()) / dimensions;
  std::vector<float> distances(static_cast<std::size_t>(count), 0);
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < dimensions; ++j) {
      const float difference =
          points[static_cast<std::size_t>(i * dimensions + j)] - query[static_cast<std::size_t>(j)];
      distances[static_cast<std::size_t>(i)] += difference * difference;
    }
  }
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return distances[static_cast<std::size_t>(a)] < distances[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(std::min(k, count)));
  std::vector<float> means(static_cast<std::size_t>(target_count), 0);
  for (const int i : order) {
    for (int t = 0; t < target_count; ++t) {
      means[static_cast<std::size_t>(t)] += targets[static_cast<std::size_t>(i * target_count + t)];
    }
  }
  for (float& mean : means) mean /= static_cast<float>(order.size());
  return means;
}

TEST(KnnIndex, EqualsTheReferenceThatSortsAllPoints) {
  Random random(11);
  for (const int count : {1, 4, 255, 256, 257, 1000}) {
    for (const int k : {1, 5, 50}) {
      constexpr int kDimensions = 7;
      constexpr int kTargets = 3;
      std::vector<float> points(static_cast<std::size_t>(count) * kDimensions);
      std::vector<float> targets(static_cast<std::size_t>(count) * kTargets);
      // A coarse grid makes ties frequent.
      for (float& value : points) value = static_cast<float>(random.Below(3)) / 2;
      for (float& value : targets) value = static_cast<float>(random.Below(2));
      const KnnIndex index(points, targets, count, kDimensions, kTargets);
      std::vector<float> scratch(KnnIndex::ScratchSize(k));
      for (int trial = 0; trial < 20; ++trial) {
        std::vector<float> query(kDimensions);
        for (float& value : query) value = static_cast<float>(random.Below(5)) / 4;
        std::vector<float> means(kTargets);
        index.MeanTargets(query, k, scratch, means);
        EXPECT_EQ(means, Reference(points, targets, kDimensions, kTargets, query, k));
      }
    }
  }
}

TEST(KnnIndex, FarPointsAreLeftOutOnlyWhereTheyCannotBeAmongTheNearest) {
  Random random(12);
  for (const int dimensions : {1, 3, 12}) {
    constexpr int kCount = 5000;
    std::vector<float> points(static_cast<std::size_t>(kCount * dimensions));
    std::vector<float> targets(kCount);
    for (std::size_t i = 0; i < points.size(); ++i) {  // heaps, some of which are one point
      const auto heap = static_cast<float>(i / static_cast<std::size_t>(dimensions) % 9);
      points[i] = heap + (heap < 4 ? 0 : static_cast<float>(random.Uniform()) / 2);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<float>(i);  // tells which
    const KnnIndex index(points, targets, kCount, dimensions, 1);
    for (int trial = 0; trial < 60; ++trial) {
      std::vector<float> query(static_cast<std::size_t>(dimensions));
      for (float& value : query) value = static_cast<float>(random.Uniform() * 12 - 2);
      for (const int k : {1, 7}) {
        std::vector<float> scratch(KnnIndex::ScratchSize(k));
        std::vector<float> mean(1);
        index.MeanTargets(query, k, scratch, mean);
        EXPECT_EQ(mean, Reference(points, targets, dimensions, 1, query, k));
      }
    }
    EXPECT_EQ(index.PointsTensor().floats, points);
  }
}

TEST(KnnIndex, TensorsGiveBackWhatWasPutIn) {
  const std::vector<float> points{1, 2, 3, 4, 5, 6};
  const KnnIndex index(points, {0, 1}, 2, 3, 1);
  EXPECT_EQ(index.PointsTensor().floats, points);
  EXPECT_EQ(index.TargetsTensor().floats, (std::vector<float>{0, 1}));
}

}  // namespace
}  // namespace amsel
