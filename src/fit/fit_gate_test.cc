#include "fit/fit_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

constexpr std::size_t kRows = 600;
constexpr std::size_t kTraining = 400;
constexpr int kMembers = 3;

/// The first feature decides which of three members is right: by thirds of its range, which no straight line tells.
/// The second is noise, the third is the same in all training images.
struct PlantedRows {
  explicit PlantedRows(std::uint64_t seed) {
    Random random(seed);
    for (std::size_t r = 0; r < kRows; ++r) {
      const double x = random.Uniform();
      right.push_back(std::min(static_cast<int>(3 * x), 2));
      features.push_back(static_cast<float>(100 * x));
      features.push_back(static_cast<float>(random.Uniform()));
      features.push_back(7);
      for (int m = 0; m < kMembers; ++m) likelihood.push_back(std::log(m == right.back() ? 0.9F : 0.03F));
    }
    training.resize(kTraining);
    std::iota(training.begin(), training.end(), std::size_t{0});
  }

  /// The first `count` features of each row.
  std::vector<float> First(std::size_t count) const {
    std::vector<float> some;
    for (std::size_t r = 0; r < kRows; ++r) {
      some.insert(some.end(), features.begin() + static_cast<std::ptrdiff_t>(3 * r),
                  features.begin() + static_cast<std::ptrdiff_t>(3 * r + count));
    }
    return some;
  }

  FeatureGate Fit(std::size_t count) const {
    return FitGate(First(count), count, likelihood, kMembers, weights, training);
  }

  std::vector<int> right;
  std::vector<float> features;
  std::vector<float> likelihood;
  std::vector<double> weights = std::vector<double>(kRows, 1.0);
  std::vector<std::size_t> training;
};

int Pick(const FeatureGate& gate, std::span<const float> features) {
  std::vector<float> scratch(gate.scratch_size());
  std::vector<float> scores(static_cast<std::size_t>(gate.members()));
  gate.Scores(features, scratch, scores);
  for (const float score : scores) EXPECT_TRUE(std::isfinite(score));
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

double ShareOnUnseen(const PlantedRows& world, const FeatureGate& gate, std::size_t count) {
  const std::vector<float> features = world.First(count);
  int right = 0;
  for (std::size_t r = kTraining; r < kRows; ++r) {
    right += Pick(gate, std::span(features).subspan(r * count, count)) == world.right[r] ? 1 : 0;
  }
  return right / static_cast<double>(kRows - kTraining);
}

TEST(FitGate, FindsWhichMemberIsRightOnImagesThatItHasNotSeen) {
  const PlantedRows world(1);
  EXPECT_GT(ShareOnUnseen(world, world.Fit(1), 1), 0.9);
  EXPECT_GT(ShareOnUnseen(world, world.Fit(2), 2), 0.9);
}

TEST(FitGate, WithoutStructureTheMemberThatIsMoreProbableIsPicked) {
  PlantedRows world(2);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t m = 0; m < 3; ++m) world.likelihood[3 * r + m] = std::log(m == 1 ? 0.8F : 0.4F);
  }
  const FeatureGate gate = world.Fit(2);
  const std::vector<float> features = world.First(2);
  for (std::size_t r = kTraining; r < kRows; ++r) EXPECT_EQ(Pick(gate, std::span(features).subspan(2 * r, 2)), 1);
}

TEST(FitGate, AFeatureThatIsTheSameInAllTrainingImagesIsHarmless) {
  const PlantedRows world(3);
  const FeatureGate gate = world.Fit(3);
  EXPECT_EQ(gate.scale().inverse_deviation[2], 0);
  EXPECT_GT(ShareOnUnseen(world, gate, 3), 0.9);
  for (const float elsewhere : {-100.0F, 6.9F, 7.1F, 1e6F}) {  // nothing was learned about it: it says nothing
    PlantedRows moved = world;
    for (std::size_t r = 0; r < kRows; ++r) moved.features[3 * r + 2] = elsewhere;
    EXPECT_EQ(ShareOnUnseen(moved, gate, 3), ShareOnUnseen(world, gate, 3)) << elsewhere;
  }
}

TEST(FitGate, KnotsAscendFromTheLeastToTheGreatestTrainingValue) {
  const PlantedRows world(4);
  const std::vector<float> features = world.First(1);
  const FeatureGate::Scale scale = FitGateScale(features, 1, world.training);
  ASSERT_EQ(scale.knots.size(), FeatureGate::kKnots);
  EXPECT_TRUE(std::is_sorted(scale.knots.begin(), scale.knots.end()));
  const auto [least, greatest] = std::minmax_element(features.begin(), features.begin() + kTraining);
  EXPECT_EQ(scale.knots.front(), *least);
  EXPECT_EQ(scale.knots.back(), *greatest);
  EXPECT_NEAR(scale.mean[0], 50, 5);
  EXPECT_NEAR(1 / scale.inverse_deviation[0], 100 / std::sqrt(12.0), 2);
  EXPECT_EQ(FitGateScale(features, 1, std::vector<std::size_t>{5}).knots.back(), features[5]);
}

TEST(FitGate, RowsOfWeightZeroAndRowsNotAskedForDoNotMatter) {
  PlantedRows world(5);
  const std::vector<float> before = world.Fit(2).weights();
  for (std::size_t r = kTraining; r < kRows; ++r) world.likelihood[3 * r] = 0;
  EXPECT_EQ(world.Fit(2).weights(), before);
  for (std::size_t r = 300; r < kTraining; ++r) world.weights[r] = 0;
  const std::vector<float> weighted = world.Fit(2).weights();
  for (std::size_t r = 300; r < kTraining; ++r) world.likelihood[3 * r] = 0;
  EXPECT_EQ(world.Fit(2).weights(), weighted);
}

}  // namespace
}  // namespace amsel
