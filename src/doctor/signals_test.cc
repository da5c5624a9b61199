#include "doctor/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/easy_and_hard.h"

namespace amsel {
namespace {

/// Everything but the value, of which the tables here say nothing.
double Value(const std::optional<Auc>& auc) {
  return auc.has_value() ? auc->value : -1;
}

/// `half` is right where the feature `tells` is high, `best` where it is low or the image is divisible by three.
Outcomes Featured() {
  Outcomes outcomes = MadeUpOutcomes(60, 3)
                          .Add("half", 1, [](std::size_t i) { return i % 2 == 0 ? 0 : 1; })
                          .Add("best", 4, [](std::size_t i) { return i % 2 == 1 || i % 3 == 0 ? 0 : 1; })
                          .made();
  outcomes.feature_names = {"same", "tells"};
  for (std::size_t i = 0; i < 60; ++i) {
    outcomes.features.push_back(1);
    outcomes.features.push_back(i % 2 == 0 ? 1 : 0);
  }
  return outcomes;
}

TEST(DescribeFeatures, SaysHowWellEachTellsWhoIsRightAndWhereTheSingleBestHelps) {
  const Outcomes outcomes = Featured();
  const std::vector<Signal> signals = DescribeFeatures(SubjectOf(outcomes, AllRows(outcomes), 1));
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].name, "same");
  EXPECT_DOUBLE_EQ(Value(signals[0].right[0]), 0.5);
  EXPECT_EQ(signals[1].name, "tells");
  EXPECT_DOUBLE_EQ(Value(signals[1].right[0]), 1);
  EXPECT_DOUBLE_EQ(Value(signals[1].pays[0]), 0);       // the best helps just where the feature is low
  EXPECT_DOUBLE_EQ(Value(signals[1].right[1]), 0.125);  // of 40 right 10 are high, of 20 wrong all: 1/2 of 1/4
  EXPECT_FALSE(signals[1].pays[1]);                     // it is the single best
}

TEST(DescribeConfidences, AreHighWhereTheCandidateIsRightAndLowWhereTheSingleBestHelps) {
  const Outcomes outcomes = SureWhereRight(48);
  const std::vector<Signal> signals = DescribeConfidences(SubjectOf(outcomes, AllRows(outcomes), 1));
  ASSERT_EQ(signals.size(), 2U);
  EXPECT_EQ(signals[0].name, "confidence");
  EXPECT_EQ(signals[1].name, "margin");
  for (const Signal& signal : signals) {
    EXPECT_DOUBLE_EQ(Value(signal.right[0]), 1);
    EXPECT_DOUBLE_EQ(Value(signal.pays[0]), 1);
    EXPECT_FALSE(signal.right[1]);  // it is right everywhere
  }
}

TEST(DescribePremodel, TellsByItsOwnEstimateAndByWhatTheSingleBestsExceedsItBy) {
  const Outcomes outcomes = Featured();
  const Subject subject = SubjectOf(outcomes, AllRows(outcomes), 1);
  std::vector<float> p_right;  // of `half` and `best`
  for (std::size_t i = 0; i < 60; ++i) {
    p_right.push_back(i % 2 == 0 ? 0.9F : 0.2F);
    p_right.push_back(0.6F);
  }
  const Signal signal = DescribePremodel(subject, "knn", p_right);
  EXPECT_EQ(signal.name, "knn");
  EXPECT_DOUBLE_EQ(Value(signal.right[0]), 1);
  EXPECT_DOUBLE_EQ(Value(signal.pays[0]), 1);
  EXPECT_DOUBLE_EQ(Value(signal.right[1]), 0.5);
}

}  // namespace
}  // namespace amsel
