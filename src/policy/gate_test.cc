#include "policy/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/staged_plans.h"

namespace amsel {
namespace {

FeatureGate::Scale OneFeature(std::vector<float> knots) {
  return {{5}, {2}, std::move(knots)};
}

/// Knots 0, 1 … 32.
std::vector<float> EvenKnots() {
  std::vector<float> knots;
  for (int knot = 0; knot < FeatureGate::kKnots; ++knot) knots.push_back(static_cast<float>(knot));
  return knots;
}

std::vector<float> Expand(const FeatureGate::Scale& scale, const std::vector<float>& features) {
  std::vector<float> terms(FeatureGate::TermCount(features.size()));
  FeatureGate::Expand(scale, features, terms);
  return terms;
}

float RankOf(float value, const std::vector<float>& knots) {
  return Expand(OneFeature(knots), {value})[1];
}

/// By its definition: the last knot not above the value, and the way from there to the next.
double SlowRank(float value, const float* knots) {
  double place = 0;
  for (int knot = 0; knot < FeatureGate::kKnots; ++knot) {
    if (value < knots[knot]) continue;
    place = knot;
    if (knot + 1 < FeatureGate::kKnots && value < knots[knot + 1]) {
      place += (static_cast<double>(value) - knots[knot]) / (static_cast<double>(knots[knot + 1]) - knots[knot]);
    }
  }
  return 3 * (place / (FeatureGate::kKnots - 1) - 0.5);
}

TEST(FeatureGate, TheStandardScoreIsScaledAndClippedAtFour) {
  const auto score = [](float value) { return Expand(OneFeature(EvenKnots()), {value})[0]; };
  EXPECT_EQ(score(5), 0);
  EXPECT_EQ(score(6), 2);
  EXPECT_EQ(score(4.5F), -1);
  EXPECT_EQ(score(7), 4);
  EXPECT_EQ(score(100), 4);
  EXPECT_EQ(score(-100), -4);
}

TEST(FeatureGate, RanksRunFromMinusToPlusOneAndAHalfAndStayThereBeyondTheKnots) {
  const std::vector<float> knots = EvenKnots();
  struct {
    float value, rank;
  } const kCases[] = {
      {-1000, -1.5F}, {-0.01F, -1.5F}, {0, -1.5F},  {16, 0}, {8, -0.75F}, {24, 0.75F}, {8.5F, -0.75F + 1.5F / 32},
      {32, 1.5F},     {32.01F, 1.5F},  {1e9F, 1.5F}};
  for (const auto& [value, rank] : kCases) EXPECT_NEAR(RankOf(value, knots), rank, 1e-6) << value;
}

TEST(FeatureGate, OfEqualKnotsTheLastCounts) {
  std::vector<float> knots = EvenKnots();
  std::fill(knots.begin() + 4, knots.begin() + 13, 4.0F);  // places 4 … 12 have the same value
  EXPECT_NEAR(RankOf(4, knots), 3 * (12.0 / 32 - 0.5), 1e-6);
  EXPECT_NEAR(RankOf(3.5F, knots), 3 * (3.5 / 32 - 0.5), 1e-6);
  const std::vector<float> constant(FeatureGate::kKnots, 7.0F);
  for (const float value : {6.0F, 7.0F, 8.0F}) EXPECT_EQ(RankOf(value, constant), 0);  // nothing is known of others
}

TEST(FeatureGate, TermsAndScoresEqualTheSlowSums) {
  RandomPlans draw(11);
  for (int round = 0; round < 500; ++round) {
    const std::size_t features = 1 + draw.random.Below(4);
    const int members = 2 + draw.Below(4);
    FeatureGate::Scale scale{draw.Values(features, -1, 1), draw.Values(features, 0, 3), {}};
    for (std::size_t f = 0; f < features; ++f) {
      std::vector<float> knots = draw.Values(FeatureGate::kKnots, -2, 2);
      std::sort(knots.begin(), knots.end());
      scale.knots.insert(scale.knots.end(), knots.begin(), knots.end());
    }
    const std::vector<float> x = draw.Values(features, -2.5F, 2.5F);
    std::vector<double> slow;
    for (std::size_t f = 0; f < features; ++f) {
      const double score = (static_cast<double>(x[f]) - scale.mean[f]) * scale.inverse_deviation[f];
      slow.push_back(std::min(4.0, std::max(-4.0, score)));
    }
    for (std::size_t f = 0; f < features; ++f) {
      slow.push_back(SlowRank(x[f], scale.knots.data() + f * FeatureGate::kKnots));
    }
    for (std::size_t a = 0; a < features; ++a) {
      for (std::size_t b = a; b < features; ++b) slow.push_back(slow[features + a] * slow[features + b]);
    }
    const std::vector<float> terms = Expand(scale, x);
    ASSERT_EQ(terms.size(), slow.size());
    for (std::size_t t = 0; t < slow.size(); ++t) ASSERT_NEAR(terms[t], slow[t], 1e-4) << t;

    const auto columns = static_cast<std::size_t>(members);
    const FeatureGate gate(scale, draw.Values((slow.size() + 1) * columns, -1, 1), members);
    std::vector<float> scratch(gate.scratch_size());
    std::vector<float> scores(columns, 77);
    gate.Scores(x, scratch, scores);
    for (std::size_t m = 0; m < columns; ++m) {
      double expected = gate.weights()[slow.size() * columns + m];
      for (std::size_t t = 0; t < slow.size(); ++t) expected += slow[t] * gate.weights()[t * columns + m];
      ASSERT_NEAR(scores[m], expected, 1e-3);
    }
  }
}

}  // namespace
}  // namespace amsel
