#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace amsel {
namespace {

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(ToHalf(1.0F), 0x3C00);
  EXPECT_EQ(FromHalf(0x3C01), 1.0F + 1.0F / 1024);
  EXPECT_EQ(ToHalf(1.0F + 1.0F / 2048), 0x3C00);  // a tie goes to the even one
  EXPECT_EQ(ToHalf(1.0F + 3.0F / 2048), 0x3C02);
  EXPECT_EQ(FromHalf(ToHalf(-24.0F)), -24.0F);
  EXPECT_EQ(ToHalf(-2.0F), 0xC000);
  EXPECT_EQ(ToHalf(-0.0F), 0x8000);
  for (int bits = 0; bits < 0x7C00; ++bits) EXPECT_EQ(ToHalf(FromHalf(static_cast<std::uint16_t>(bits))), bits);
}

TEST(Half, KnowsWhatLiesBelowItsLeastNormalNumber) {
  EXPECT_EQ(FromHalf(1), 0x1p-24F);
  EXPECT_EQ(FromHalf(0x03FF), 1023 * 0x1p-24F);
  EXPECT_EQ(FromHalf(0x0400), 0x1p-14F);
  EXPECT_EQ(ToHalf(0x1p-25F), 0);  // half of the least: a tie with nothing
  EXPECT_EQ(ToHalf(1.5F * 0x1p-25F), 1);
  EXPECT_EQ(ToHalf(1.5F * 0x1p-24F), 2);
  EXPECT_EQ(ToHalf(1023.75F * 0x1p-24F), 0x0400);
}

TEST(Half, KnowsInfinityAndNan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(FromHalf(0x7BFF), 65504.0F);
  EXPECT_EQ(ToHalf(65519.0F), 0x7BFF);
  EXPECT_EQ(ToHalf(65520.0F), 0x7C00);
  EXPECT_EQ(ToHalf(1e30F), 0x7C00);
  EXPECT_EQ(ToHalf(-kInfinity), 0xFC00);
  EXPECT_EQ(FromHalf(0xFC00), -kInfinity);
  EXPECT_TRUE(std::isnan(FromHalf(ToHalf(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Half, NoOtherIsNearer) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<float>(std::exp(30 * random.Uniform() - 20));
    const std::uint16_t bits = ToHalf(value);
    const float apart = std::fabs(FromHalf(bits) - value);
    if (bits > 0 && bits < 0x7C00) {
      EXPECT_LE(apart, std::fabs(FromHalf(static_cast<std::uint16_t>(bits - 1)) - value));
    }
    if (bits < 0x7BFF) {
      EXPECT_LE(apart, std::fabs(FromHalf(static_cast<std::uint16_t>(bits + 1)) - value));
    }
  }
}

}  // namespace
}  // namespace amsel
