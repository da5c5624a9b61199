#include "outcomes/outcomes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::ElementsAre;

/// `dear` costs 4 ms and is always right; `cheap` 1 ms, and on odd images the true class is its second.
Outcomes TwoCandidates() {
  return MadeUpOutcomes(4, 3)
      .Add("cheap", 1, [](std::size_t i) { return static_cast<int>(i % 2); })
      .Add(
          "dear", 4, [](std::size_t) { return 0; }, 0.9)
      .made();
}

TEST(Outcomes, AnAnswerIsRightWhereTheTrueClassIsAmongItsFirst) {
  const Outcomes outcomes = TwoCandidates();
  EXPECT_TRUE(outcomes.Right(0, 0));
  EXPECT_FALSE(outcomes.Right(0, 1));
  EXPECT_TRUE(outcomes.Right(0, 1, /*top=*/2));
  EXPECT_EQ(outcomes.TopClassOf(1, 2), 2);
  EXPECT_EQ(outcomes.TopClassOf(0, 1), 2);  // image 1 is of class 1; the next class comes first
  std::vector<float> row(3);
  outcomes.LogProbsOf(1, 2, row);
  EXPECT_NEAR(std::exp(row[2]), 0.9, 1e-3);
  EXPECT_NEAR(std::exp(row[0]) + std::exp(row[1]), 0.1, 1e-3);
}

TEST(Outcomes, OneWithoutAnAnswerIsNeverRight) {
  Outcomes outcomes = TwoCandidates();
  outcomes.ranks[1] = Outcomes::kNoRank;
  EXPECT_TRUE(outcomes.Failed(0, 1));
  EXPECT_FALSE(outcomes.Right(0, 1, /*top=*/3));
}

TEST(Outcomes, PathsCostWhatTheirCandidatesDoAndSharedPreprocessingOnce) {
  Outcomes outcomes = TwoCandidates();
  outcomes.preprocess_ms = {2, 2, 2, 2, 3, 3, 3, 3};
  outcomes.mean_preprocess_ms = {2, 3};
  outcomes.after_factors = {1.5, 2};
  outcomes.inference_ms[1] = 10;
  const std::vector<std::size_t> both{0, 1};
  const std::vector<std::size_t> one{0};
  EXPECT_EQ(outcomes.MeanPathMs(one), 1 + 2);
  EXPECT_EQ(outcomes.MeanPathMs(one, /*begins_warm=*/false), 1.5 + 2);
  EXPECT_EQ(outcomes.MeanPathMs(both), 1.5 + 8 + 2 + 3);
  EXPECT_EQ(outcomes.PathMs(one, 1), 10 + 2);
  EXPECT_EQ(outcomes.ColdStartMs(0, 1), 5);
  outcomes.candidates[1].input = outcomes.candidates[0].input;
  EXPECT_EQ(outcomes.MeanPathMs(both), 1.5 + 8 + 2);
}

TEST(Outcomes, QuantilesAreOfTimesThatWereMeasured) {
  Outcomes outcomes = TwoCandidates();
  outcomes.inference_ms = {1, 2, 9, 4, 4, 4, 4, 4};
  outcomes.stands_in[2] = 1;
  EXPECT_EQ(outcomes.InferenceQuantileMs(0, 1), 4);
}

TEST(Outcomes, AllRowsAreAllImagesInOrder) {
  EXPECT_THAT(AllRows(TwoCandidates()), ElementsAre(0, 1, 2, 3));
}

TEST(JudgedRows, AreAllButFitAndWhatIsLearnedBesideThemSharesNoGroupWithThem) {
  Outcomes outcomes;
  for (const char* split : {"fit", "", "test", "fit", "select", "fit"}) outcomes.images.push_back({"", 0, 1, split});
  outcomes.groups = {0, 1, 2, 1, 3, 0};
  EXPECT_EQ(JudgedRows(outcomes), (std::vector<std::size_t>{1, 2, 4}));
  EXPECT_EQ(FitRows(outcomes), (std::vector<std::size_t>{0, 5}));
}

}  // namespace
}  // namespace amsel
