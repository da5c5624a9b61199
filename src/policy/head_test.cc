#include "policy/head.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace amsel {
namespace {

std::vector<float> Apply(const Head& head, const std::vector<std::vector<float>>& inputs, std::size_t classes) {
  std::vector<LogProbs> spans(inputs.begin(), inputs.end());
  std::vector<float> out(classes, 77);  // what was there before must not matter
  head.Apply(spans, out);
  return out;
}

/// The same in doubles, class by class.
std::vector<double> SlowApply(const Head& head, const std::vector<std::vector<float>>& inputs, std::size_t classes) {
  std::vector<double> z(classes);
  double sum = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    z[k] = head.bias.empty() ? 0 : head.bias[k];
    for (std::size_t m = 0; m < head.maps.size(); ++m) {
      const std::vector<float>& values = head.maps[m].values;
      for (std::size_t in = 0; in < classes; ++in) {
        double factor = in == k ? 1 : 0;
        if (head.maps[m].kind == HeadMap::Kind::kScalar) factor *= values[0];
        if (head.maps[m].kind == HeadMap::Kind::kDiagonal) factor *= values[k];
        if (head.maps[m].kind == HeadMap::Kind::kFull) factor = values[in * classes + k];
        z[k] += factor * inputs[m][in];
      }
    }
    sum += std::exp(z[k]);
  }
  for (double& value : z) value -= std::log(sum);
  return z;
}

TEST(Head, AWeightOfOneLeavesADistributionAsItIs) {
  const std::vector<float> x{std::log(0.2F), std::log(0.5F), std::log(0.3F)};
  const std::vector<float> out = Apply({{{0, HeadMap::Kind::kScalar, {1}}}, {}}, {x}, 3);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(out[k], x[k], 1e-6);
}

TEST(Head, AScalarMapIsAWeightInALogarithmicPool) {
  const Head head{{{0, HeadMap::Kind::kScalar, {0.5F}}, {1, HeadMap::Kind::kScalar, {2}}}, {}};
  const std::vector<float> out =
      Apply(head, {{std::log(0.64F), std::log(0.36F)}, {std::log(0.25F), std::log(0.75F)}}, 2);
  // 0.8 · 0.0625 = 0.05 against 0.6 · 0.5625 = 0.3375
  EXPECT_NEAR(std::exp(out[0]), 0.05 / 0.3875, 1e-6);
  EXPECT_NEAR(std::exp(out[1]), 0.3375 / 0.3875, 1e-6);
}

TEST(Head, ADiagonalMapWeighsClassByClassAndTheBiasIsAdded) {
  const Head head{{{0, HeadMap::Kind::kDiagonal, {2, 1}}}, {0, std::log(3.0F)}};
  const std::vector<float> out = Apply(head, {{std::log(0.5F), std::log(0.5F)}}, 2);
  // 0.25 against 0.5 · 3
  EXPECT_NEAR(std::exp(out[0]), 0.25 / 1.75, 1e-6);
}

TEST(Head, RowsOfAFullMapAreTheClassesOfTheCandidate) {
  // What the candidate calls class 0 counts for class 1, and the other way round not.
  const Head head{{{0, HeadMap::Kind::kFull, {0, 1, 0, 0}}}, {}};
  const std::vector<float> out = Apply(head, {{-2, -0.145F}}, 2);
  EXPECT_NEAR(out[1] - out[0], -2, 1e-6);
}

TEST(Head, EveryMixOfMapsEqualsTheSlowSum) {
  Random random(3);
  const auto draw = [&](std::size_t count, double scale) {
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>((random.Uniform() - 0.5) * scale);
    return values;
  };
  for (int round = 0; round < 500; ++round) {
    const std::size_t classes = 2 + random.Below(9);
    Head head;
    std::vector<std::vector<float>> inputs;
    for (std::size_t m = 1 + random.Below(5); m > 0; --m) {
      const auto kind = static_cast<HeadMap::Kind>(random.Below(3));
      const std::size_t counts[] = {1, classes, classes * classes};
      head.maps.push_back({static_cast<int>(m), kind, draw(counts[static_cast<int>(kind)], 4)});
      inputs.push_back(draw(classes, 10));
    }
    if (random.Below(2) == 0) head.bias = draw(classes, 2);
    const std::vector<float> out = Apply(head, inputs, classes);
    const std::vector<double> slow = SlowApply(head, inputs, classes);
    for (std::size_t k = 0; k < classes; ++k) ASSERT_NEAR(out[k], slow[k], 1e-3) << round;
  }
}

TEST(LogSoftmax, ProbabilitiesSumToOneHoweverLargeTheScores) {
  for (const float shift : {0.0F, 1000.0F, -1000.0F}) {
    std::vector<float> z{1 + shift, 2 + shift, -3 + shift, shift};
    LogSoftmax(z);
    double sum = 0;
    for (const float value : z) sum += std::exp(value);
    EXPECT_NEAR(sum, 1, 1e-3) << shift;
    EXPECT_NEAR(z[1] - z[0], 1, 1e-3);
  }
}

TEST(Head, OfOneClassIsTheLogisticFunctionOfLogOdds) {
  const Head head{{{0, HeadMap::Kind::kScalar, {2}}}, {-1}};
  const float sure = std::log(0.8F);  // log-odds log 4 = 1.38629
  EXPECT_NEAR(LogOdds(sure), 1.38629, 1e-5);
  EXPECT_NEAR(std::exp(Apply(head, {{sure}}, 1)[0]), 1 / (1 + std::exp(-(2 * 1.386294 - 1))), 1e-6);
  EXPECT_NEAR(std::exp(Apply({{{0, HeadMap::Kind::kScalar, {1}}}, {}}, {{sure}}, 1)[0]), 0.8, 1e-6);
}

TEST(Head, LogOddsAreFiniteWhereSomebodyIsSure) {
  EXPECT_NEAR(LogOdds(0), 24 * std::log(2), 1e-4);
  EXPECT_NEAR(LogOdds(-24), -24, 1e-4);
  EXPECT_EQ(Apply({{{0, HeadMap::Kind::kScalar, {1e6F}}}, {}}, {{0}}, 1)[0], 0);
  EXPECT_TRUE(std::isfinite(Apply({{{0, HeadMap::Kind::kScalar, {1e6F}}}, {}}, {{-24}}, 1)[0]));
}

}  // namespace
}  // namespace amsel
