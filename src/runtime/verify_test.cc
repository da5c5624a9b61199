#include "runtime/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/feature_dnn_card.h"
#include "runtime/placement.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// Its feature DNN gave 7 and 5 for the one image on record.
class VerifyTest : public testing::Test {
 protected:
  ConformanceCheck Found(const std::vector<float>& values) {
    world_.AnswerFeatureDnn(values);
    return CheckConformance(bundle_, *bundle_.manifest().feature_dnn, {&world_.backend, {}}).value();
  }

  TwoCandidates world_{std::string("verify_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
                       TwoCandidates::ReadFeatureDnn};
  const Bundle bundle_ = Bundle::Open(world_.path()).value();
};

TEST_F(VerifyTest, ValuesOfAFeatureDnnMayDifferByAShareOfTheLargest) {
  const ConformanceCheck same = Found({7, 5});
  EXPECT_TRUE(same.holds);
  EXPECT_EQ(same.largest_difference, 0);
  EXPECT_EQ(same.tensors, 1);
  EXPECT_EQ(same.same_answers, 1);
  const ConformanceCheck near = Found({6.93F, 5.07F});
  EXPECT_TRUE(near.holds);
  EXPECT_NEAR(near.largest_difference, 0.01, 1e-6);
  const ConformanceCheck far = Found({7, 4.3F});
  EXPECT_FALSE(far.holds);
  EXPECT_NEAR(far.largest_difference, 0.1, 1e-6);
  EXPECT_EQ(far.same_answers, 0);
  EXPECT_EQ(Found({-700, 5}).largest_difference, 1);
}

TEST_F(VerifyTest, AnotherNumberOfValuesIsAnError) {
  world_.AnswerFeatureDnn({7, 5, 1});
  EXPECT_THAT(CheckConformance(bundle_, *bundle_.manifest().feature_dnn, {&world_.backend, {}}).error().message,
              HasSubstr("does not give the 2 values"));
}

TEST_F(VerifyTest, TheFeatureDnnComesLast) {
  const auto placements = PlaceCandidatesOn(bundle_.manifest(), {}, world_.backend).value();
  world_.AnswerFeatureDnn({9, 5});
  const auto results = VerifyConformance(bundle_, placements);
  ASSERT_TRUE(results.ok()) << results.error().message;
  ASSERT_EQ(results->size(), 3U);
  EXPECT_EQ(results->back().dnn, kFeatureDnnName);
  EXPECT_FALSE(results->back().check.holds);
}

}  // namespace
}  // namespace amsel
