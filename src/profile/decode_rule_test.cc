#include "profile/decode_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;

class SettleDecodeMinSideTest : public testing::Test {
 protected:
  void TearDown() override { RemoveProfile(file_); }

  Result<int> Settle(bool has_images, std::optional<int> asked, int needed) {
    return SettleDecodeMinSide(store_, has_images, asked, needed);
  }

  const std::string file_ =
      testing::TempDir() + "decode_rule_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
  ProfileStore store_ = (RemoveProfile(file_), ProfileStore::Create(file_).value());
};

TEST_F(SettleDecodeMinSideTest, ANewProfileRecordsWhatIsAskedOrNeeded) {
  EXPECT_EQ(*Settle(false, {}, 292), 292);
  EXPECT_EQ(*store_.Meta("decode_min_side"), "292");
  EXPECT_EQ(*Settle(false, 0, 292), 0);
  EXPECT_EQ(*store_.Meta("decode_min_side"), "0");
}

TEST_F(SettleDecodeMinSideTest, AResumedProfileKeepsItsOwn) {
  ASSERT_EQ(*Settle(false, {}, 292), 292);
  EXPECT_EQ(*Settle(true, {}, 292), 292);
  EXPECT_EQ(*Settle(true, {}, 128), 292);  // its most demanding candidate has gone
  EXPECT_EQ(*Settle(true, 292, 128), 292);
  EXPECT_EQ(*store_.Meta("decode_min_side"), "292");
}

TEST_F(SettleDecodeMinSideTest, PixelsOfTwoKindsAreRefused) {
  ASSERT_EQ(*Settle(false, {}, 292), 292);
  const auto larger = Settle(true, {}, 300);
  ASSERT_FALSE(larger.ok());
  EXPECT_EQ(larger.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(larger.error().message, HasSubstr("292 pixels, not 300"));
  EXPECT_FALSE(Settle(true, 0, 292).ok());
  EXPECT_EQ(*store_.Meta("decode_min_side"), "292");
}

TEST_F(SettleDecodeMinSideTest, AProfileThatNeverReducedGoesOnSo) {
  EXPECT_EQ(*Settle(true, {}, 292), 0);
  EXPECT_EQ(*Settle(true, 0, 292), 0);
  EXPECT_FALSE(Settle(true, 292, 292).ok());
}

}  // namespace
}  // namespace amsel
