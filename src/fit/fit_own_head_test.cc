#include "fit/fit_own_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

constexpr float kSaysNothing = 0.5F;

double PRight(const Head& head, float confidence) {
  const float x = std::log(confidence);
  const LogProbs input(&x, 1);
  float out = 0;
  head.Apply(std::span(&input, 1), std::span(&out, 1));
  return std::exp(out);
}

Head FitOne(const std::vector<float>& confidences, const std::vector<float>& right, std::vector<double> weights = {}) {
  std::vector<float> logs;
  for (const float confidence : confidences) logs.push_back(std::log(confidence));
  weights.resize(logs.size(), 1);
  std::vector<std::size_t> rows(logs.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return FitOwnHead({logs, right, weights}, 3, rows);
}

TEST(FitOwnHead, WhoDoesNotTellIsRightAsOftenAsHeIs) {
  std::vector<float> right(4000, 1);
  std::fill(right.begin(), right.begin() + 1000, 0.0F);
  const Head head = FitOne(std::vector<float>(4000, kSaysNothing), right);
  EXPECT_EQ(head.maps[0].slot, 3);
  EXPECT_NEAR(PRight(head, kSaysNothing), 0.75, 1e-3);
}

TEST(FitOwnHead, FindsHowMuchAConfidenceIsWorth) {
  Random random(1);
  std::vector<float> confidences;
  std::vector<float> right;
  for (int i = 0; i < 20'000; ++i) {  // twice as sure, in log-odds, as it should be
    const double odds = 6 * random.Uniform() - 2;
    confidences.push_back(static_cast<float>(1 / (1 + std::exp(-2 * odds))));
    right.push_back(random.Uniform() < 1 / (1 + std::exp(-odds)) ? 1.0F : 0.0F);
  }
  const Head head = FitOne(confidences, right);
  EXPECT_NEAR(head.maps[0].values[0], 0.5, 0.05);
  EXPECT_NEAR(head.bias[0], 0, 0.1);
}

TEST(FitOwnHead, TakesWorthAndWeightsAsTheyAre) {
  const Head worth = FitOne(std::vector<float>(1000, kSaysNothing), std::vector<float>(1000, 0.25F));
  EXPECT_NEAR(PRight(worth, kSaysNothing), 0.25, 1e-2);
  std::vector<float> right(1000, 0);
  std::vector<double> weights(1000, 1);
  right[0] = 1;
  weights[0] = 999;
  EXPECT_NEAR(PRight(FitOne(std::vector<float>(1000, kSaysNothing), right, weights), kSaysNothing), 0.5, 1e-2);
}

TEST(FitOwnHead, OfOneAnswerStaysNearWhatTheCandidateSays) {
  const Head head = FitOne({kSaysNothing}, {1});  // least where bias = 1 / (1 + e^bias)
  EXPECT_NEAR(head.maps[0].values[0], 1, 1e-3);
  EXPECT_NEAR(head.bias[0], 0.4011, 1e-3);
}

TEST(FitOwnHead, StaysFiniteWhereEveryAnswerIsRight) {
  const Head head = FitOne(std::vector<float>(100, 1.0F), std::vector<float>(100, 1));
  EXPECT_TRUE(std::isfinite(head.maps[0].values[0]) && std::isfinite(head.bias[0]));
  EXPECT_GT(PRight(head, 1), 0.99);
}

}  // namespace
}  // namespace amsel
