#include "backend/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/half.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Canonicalize, LogitsBecomeLogProbabilities) {
  const float raw[] = {1, 2, 3};
  float out[3];
  ASSERT_TRUE(Canonicalize(raw, OutputKind::kLogits, 0, out).ok());
  double sum = 0;
  for (const float value : out) sum += std::exp(value);
  EXPECT_NEAR(sum, 1, 2e-3);
  EXPECT_NEAR(out[2], -0.4076, 1e-3);
}

TEST(Canonicalize, ABackgroundClassIsDroppedBeforeNormalising) {
  const float raw[] = {0.5F, 0.25F, 0.25F};
  float out[2];
  ASSERT_TRUE(Canonicalize(raw, OutputKind::kProbabilities, 1, out).ok());
  EXPECT_NEAR(out[0], std::log(0.5), 1e-3);
}

TEST(Canonicalize, ClampsAndKeepsEveryValueOnTheHalfGrid) {
  const float raw[] = {0, 100, -100, 99.3F};
  float out[4];
  ASSERT_TRUE(Canonicalize(raw, OutputKind::kLogits, 0, out).ok());
  EXPECT_EQ(out[0], -24.0F);
  EXPECT_EQ(out[2], -24.0F);
  for (const float value : out) EXPECT_EQ(FromHalf(ToHalf(value)), value);
  const float certain[] = {0, 1};
  ASSERT_TRUE(Canonicalize(certain, OutputKind::kProbabilities, 0, std::span(out).first(2)).ok());
  EXPECT_EQ(out[0], -24.0F);
  EXPECT_EQ(out[1], 0.0F);
}

TEST(Canonicalize, OneValueStandsForTwoClasses) {
  float out[2];
  float expected[2];
  for (const float odds : {-300.0F, -24.5F, -9.0F, -1e-3F, 0.0F, 0.5F, 9.0F, 15.0F, 24.5F, 300.0F}) {
    const float both[] = {0, odds};
    ASSERT_TRUE(Canonicalize(both, OutputKind::kLogits, 0, expected).ok());
    ASSERT_TRUE(Canonicalize(std::span(&odds, 1), OutputKind::kLogits, 0, out).ok());
    for (const int c : {0, 1}) EXPECT_FLOAT_EQ(out[c], expected[c]) << odds;
  }
  for (const float p : {0.0F, 1e-7F, 1e-3F, 0.25F, 0.5F, 0.999F, 1 - 6e-8F, 1.0F}) {
    ASSERT_TRUE(Canonicalize(std::span(&p, 1), OutputKind::kSigmoid, 0, out).ok());
    const double first = std::max(-24.0, std::log(1 - static_cast<double>(p)));
    const double second = std::max(-24.0, std::log(static_cast<double>(p)));
    EXPECT_NEAR(out[0], first, 1e-3 * std::fabs(first) + 3e-8) << p;  // a step of float16
    EXPECT_NEAR(out[1], second, 1e-3 * std::fabs(second) + 3e-8) << p;
  }
}

TEST(Canonicalize, AnUndecidedValueGivesTheFirstClass) {
  float out[2];
  for (const auto& [value, kind] : {std::pair(0.0F, OutputKind::kLogits), std::pair(0.5F, OutputKind::kSigmoid)}) {
    ASSERT_TRUE(Canonicalize(std::span(&value, 1), kind, 0, out).ok());
    EXPECT_EQ(out[0], out[1]);
    EXPECT_EQ(TopClass(out), 0);
  }
}

TEST(Canonicalize, ASigmoidIsOneProbability) {
  float out[2];
  float three[3];
  const auto complaint = [&](std::vector<float> raw, std::span<float> into, int skip = 0) {
    const Status status = Canonicalize(raw, OutputKind::kSigmoid, skip, into);
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(complaint({1.0005F}, out), "");  // rounding of float16 and of 8 bits
  EXPECT_EQ(out[1], 0.0F);
  EXPECT_EQ(complaint({-0.0005F}, out), "");
  EXPECT_EQ(out[1], -24.0F);
  for (const float odds : {3.7F, -2.0F}) EXPECT_THAT(complaint({odds}, out), HasSubstr("which is no probability"));
  EXPECT_THAT(complaint({NAN}, out), HasSubstr("NaN"));
  EXPECT_THAT(complaint({0.5F, 0.5F}, out), HasSubstr("gave 2 values, expected 1"));
  EXPECT_NE(complaint({0.5F}, three), "");
  EXPECT_NE(complaint({0.5F}, out, 1), "");
  const float one = 0.5F;
  EXPECT_THAT(Canonicalize(std::span(&one, 1), OutputKind::kProbabilities, 0, out).error().message,
              HasSubstr("gave 1 values, expected 2"));
}

TEST(Canonicalize, SaysWhichValueIsNotFiniteAndWhere) {
  const auto complaint = [](std::vector<float> raw, int skip) {
    std::vector<float> out(raw.size() - static_cast<std::size_t>(skip));
    return Canonicalize(raw, OutputKind::kLogits, skip, out).error().message;
  };
  EXPECT_THAT(complaint({1, 2, NAN}, 0), HasSubstr("gave NaN at index 2 of its output"));
  EXPECT_THAT(complaint({1, INFINITY, NAN}, 1), HasSubstr("gave infinity at index 1"));
  EXPECT_THAT(complaint({1, -INFINITY}, 0), HasSubstr("gave minus infinity at index 1"));
}

TEST(Canonicalize, LogProbabilitiesWhereProbabilitiesAreSaidAreGuessed) {
  float out[2];
  const float logs[] = {-0.1F, -2.4F};
  const float zero[] = {0, 0};
  EXPECT_THAT(Canonicalize(logs, OutputKind::kProbabilities, 0, out).error().message,
              AllOf(HasSubstr("no probability above zero"), HasSubstr("log-probabilities"), HasSubstr("\"logits\""),
                    HasSubstr("output.kind")));
  EXPECT_THAT(Canonicalize(zero, OutputKind::kProbabilities, 0, out).error().message, Not(HasSubstr("logits")));
}

TEST(Canonicalize, RefusesWhatIsNoAnswer) {
  float out[2];
  const float nan[] = {NAN, 1};
  const float infinite[] = {INFINITY, 1};
  const float zero[] = {0, 0};
  const float three[] = {1, 2, 3};
  EXPECT_FALSE(Canonicalize(nan, OutputKind::kLogits, 0, out).ok());
  EXPECT_FALSE(Canonicalize(infinite, OutputKind::kLogits, 0, out).ok());
  EXPECT_FALSE(Canonicalize(zero, OutputKind::kProbabilities, 0, out).ok());
  EXPECT_FALSE(Canonicalize(three, OutputKind::kLogits, 0, out).ok());
}

TEST(RankOf, WhatIsNoNumberComesLastAndIsNeverRight) {
  const float nan = std::nanf("");
  const float some[] = {nan, -2, nan, -1};
  EXPECT_EQ(TopClass(some), 3);
  EXPECT_EQ(RankOf(some, 3), 0);
  EXPECT_EQ(RankOf(some, 1), 1);
  EXPECT_EQ(RankOf(some, 0), 3);
  const float none[] = {nan, nan};
  EXPECT_EQ(RankOf(none, 0), 1);
  EXPECT_EQ(RankOf(none, 1), 1);
}

TEST(RankOf, TiesGoToTheLowestIndex) {
  const float log_probs[] = {-2, -1, -1, -3};
  EXPECT_EQ(TopClass(log_probs), 1);
  EXPECT_EQ(RankOf(log_probs, 1), 0);
  EXPECT_EQ(RankOf(log_probs, 2), 1);
  EXPECT_EQ(RankOf(log_probs, 0), 2);
  EXPECT_EQ(RankOf(log_probs, 3), 3);
}

TEST(Canonical, AConfidenceIsItsLogarithmOnTheSameGrid) {
  EXPECT_EQ(CanonicalConfidence(1), 0);
  EXPECT_EQ(CanonicalConfidence(0), kLogProbFloor);
  EXPECT_EQ(CanonicalConfidence(0.5F), FromHalf(ToHalf(std::log(0.5F))));
  EXPECT_NEAR(CanonicalConfidence(0.9999F), -1e-4, 1e-6);  // sure answers stay apart
  EXPECT_LT(CanonicalConfidence(0.9999F), CanonicalConfidence(0.99999F));
}

}  // namespace
}  // namespace amsel
