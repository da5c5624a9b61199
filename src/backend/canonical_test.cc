#include "backend/canonical.h"

#include <gtest/gtest.h>

#include <cmath>

namespace amsel {
namespace {

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(ToHalf(1.0F), 0x3C00);
  EXPECT_EQ(FromHalf(0x3C01), 1.0F + 1.0F / 1024);
  EXPECT_EQ(ToHalf(1.0F + 1.0F / 2048), 0x3C00);  // a tie goes to the even one
  EXPECT_EQ(ToHalf(1.0F + 3.0F / 2048), 0x3C02);
  EXPECT_EQ(FromHalf(ToHalf(-24.0F)), -24.0F);
  for (int bits = 0; bits < 0x7C00; ++bits) EXPECT_EQ(ToHalf(FromHalf(static_cast<std::uint16_t>(bits))), bits);
}

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

TEST(RankOf, TiesGoToTheLowestIndex) {
  const float log_probs[] = {-2, -1, -1, -3};
  EXPECT_EQ(TopClass(log_probs), 1);
  EXPECT_EQ(RankOf(log_probs, 1), 0);
  EXPECT_EQ(RankOf(log_probs, 2), 1);
  EXPECT_EQ(RankOf(log_probs, 0), 2);
  EXPECT_EQ(RankOf(log_probs, 3), 3);
}

}  // namespace
}  // namespace amsel
