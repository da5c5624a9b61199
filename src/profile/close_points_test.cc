#include "profile/close_points.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

constexpr std::size_t kDimension = 5;

/// Crowds of points, some of them equal, and stray ones.
std::vector<float> Points(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  const auto uniform = [&] { return static_cast<float>(random.Below(10'000)) / 10'000; };
  std::vector<float> centres(8 * kDimension);
  for (float& value : centres) value = uniform();
  std::vector<float> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t crowd = random.Below(12);
    const float spread = crowd < 4 ? 0.02F : crowd < 8 ? 0.2F : 1;
    for (std::size_t d = 0; d < kDimension; ++d) {
      const float centre = crowd < 8 ? centres[crowd * kDimension + d] : 0;
      rows.push_back(random.Below(20) == 0 ? centre : centre + spread * uniform());
    }
  }
  return rows;
}

float Distance(const float* a, const float* b, PointDistance distance) {
  float squares = 0;
  float largest = 0;
  for (std::size_t d = 0; d < kDimension; ++d) {
    squares += (a[d] - b[d]) * (a[d] - b[d]);
    largest = std::max(largest, std::abs(a[d] - b[d]));
  }
  return distance == PointDistance::kEuclidean ? std::sqrt(squares) : largest;
}

/// The sets that all pairs make, and those that JoinClose makes.
void ExpectLikeAllPairs(const std::vector<float>& rows, PointDistance distance) {
  const std::size_t count = rows.size() / kDimension;
  Random random(7);
  std::vector<float> radius;
  std::vector<std::size_t> names;
  for (std::size_t i = 0; i < count; ++i) {
    radius.push_back(0.01F + static_cast<float>(random.Below(100)) / 2'000);
    names.push_back(i + 3);
  }
  const auto close = [&](std::size_t a, std::size_t b) {
    return Distance(&rows[a * kDimension], &rows[b * kDimension], distance) <= std::min(radius[a], radius[b]);
  };
  DisjointSets expected(count + 3);
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b) {
      if (close(a, b)) expected.Join(names[a], names[b]);
    }
  }
  DisjointSets found(count + 3);
  JoinClose({rows, kDimension, distance, radius, names}, close, found);
  for (std::size_t i = 0; i < count + 3; ++i) EXPECT_EQ(found.Find(i), expected.Find(i)) << i;
}

TEST(JoinClose, JoinsWhatAllPairsJoin) {
  for (const std::size_t count : {0, 1, 2, 16, 17, 300, 1500}) {
    ExpectLikeAllPairs(Points(count, count), PointDistance::kEuclidean);
    ExpectLikeAllPairs(Points(count, count + 1), PointDistance::kLargestDifference);
  }
}

TEST(JoinClose, ComparesFewOfAManyAlikePoints) {
  constexpr std::size_t kCount = 4'000;
  const std::vector<float> rows(kCount * kDimension, 0.5F);
  const std::vector<float> radius(kCount, 0.1F);
  std::vector<std::size_t> names(kCount);
  std::iota(names.begin(), names.end(), std::size_t{0});
  std::size_t compared = 0;
  DisjointSets sets(kCount);
  JoinClose(
      {rows, kDimension, PointDistance::kEuclidean, radius, names},
      [&](std::size_t, std::size_t) { return ++compared, true; }, sets);
  EXPECT_EQ(sets.Find(kCount - 1), 0U);
  EXPECT_LT(compared, 16 * kCount);
}

TEST(JoinClose, LooksAtBoundedlyManyInACrowdOfWhichNoneAreClose) {
  constexpr std::size_t kCount = 6'000;
  Random random(5);
  std::vector<float> rows;
  for (std::size_t i = 0; i < kCount * kDimension; ++i) rows.push_back(static_cast<float>(random.Below(1000)) / 1000);
  const std::vector<float> radius(kCount, 10);
  std::vector<std::size_t> names(kCount);
  std::iota(names.begin(), names.end(), std::size_t{0});
  std::size_t compared = 0;
  DisjointSets sets(kCount);
  JoinClose(
      {rows, kDimension, PointDistance::kEuclidean, radius, names},
      [&](std::size_t, std::size_t) { return ++compared, false; }, sets);
  EXPECT_LE(compared, kMostLookedAt * kCount);
  EXPECT_GT(compared, kMostLookedAt * kCount / 2);
}

}  // namespace
}  // namespace amsel
