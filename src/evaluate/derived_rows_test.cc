#include "evaluate/derived_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/simulated_rows.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// `original` is right on all; of what was made from it `one` is right on images 0 and 1 alone, `other` on 2 and 3.
Outcomes TwoTwins() {
  Outcomes outcomes = MadeUpOutcomes(4, 3)
                          .Add("original", 4, [](std::size_t) { return 0; })
                          .Add("one", 1, [](std::size_t i) { return i < 2 ? 0 : 1; })
                          .Add("other", 2, [](std::size_t i) { return i < 2 ? 1 : 0; })
                          .made();
  outcomes.candidates[1].derived = outcomes.candidates[2].derived = true;
  return outcomes;
}

std::vector<RowSamples> SinglesOf(const Outcomes& outcomes) {
  std::vector<RowSamples> singles;
  for (std::size_t c = 0; c < outcomes.candidate_count(); ++c) {
    singles.push_back(SingleRow(outcomes, AllRows(outcomes), c));
  }
  return singles;
}

TEST(ChosenDerived, IsChosenOnTheOtherFoldsOfEachRow) {
  Outcomes outcomes = TwoTwins();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  EXPECT_THAT(ChosenDerived(outcomes, rows, {0, 0, 1, 1}, 1), ElementsAre(2, 2, 1, 1));  // each where it is wrong
  EXPECT_THAT(ChosenDerived(outcomes, rows, {0, 1, 0, 1}, 1), ElementsAre(1, 1, 1, 1));  // alike: the cheaper
  outcomes.candidates[1].derived = outcomes.candidates[2].derived = false;
  EXPECT_THAT(ChosenDerived(outcomes, rows, {0, 0, 1, 1}, 1), IsEmpty());
}

TEST(DerivedRow, DoesWithEachImageWhatTheChosenDoes) {
  Outcomes outcomes = TwoTwins();
  outcomes.images[3].weight = 2;
  const EvaluatedImages images = DescribeImages(outcomes, AllRows(outcomes));
  const std::vector<std::size_t> chosen{2, 1, 1, 2};
  const RowSamples row = DerivedRow(kDerivedSingle, SinglesOf(outcomes), chosen, images);
  EXPECT_EQ(row.name, "derived single");
  EXPECT_EQ(row.kind, "derived-single");
  EXPECT_TRUE(row.derived);
  EXPECT_THAT(row.right, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(row.latency_ms, ElementsAre(2, 1, 1, 2));
  EXPECT_THAT(row.predicted, ElementsAre(1, 1, 0, 0));
  EXPECT_EQ(row.worst_path_ms, 2);
  EXPECT_THAT(row.shares, UnorderedElementsAre(Pair("one", DoubleEq(0.4)), Pair("other", DoubleEq(0.6))));
  EXPECT_EQ(DerivedRow(kAdaptedDerivedSingle, SinglesOf(outcomes), chosen, images).kind, "adapted-derived-single");
}

TEST(AddDerivedSingle, SetsTheRowOfOneBesideTheSingles) {
  const Outcomes outcomes = TwoTwins();
  Evaluation evaluation;
  evaluation.rows = SinglesOf(outcomes);
  AddDerivedSingle("nobody", evaluation);
  EXPECT_EQ(evaluation.derived_single, "");
  ASSERT_EQ(evaluation.rows.size(), 3U);
  AddDerivedSingle("other", evaluation);
  EXPECT_EQ(evaluation.derived_single, "derived single");
  ASSERT_EQ(evaluation.rows.size(), 4U);
  EXPECT_EQ(evaluation.rows.back().kind, "derived-single");
  EXPECT_EQ(evaluation.rows.back().right, evaluation.rows[2].right);
  EXPECT_THAT(evaluation.rows.back().shares, ElementsAre(Pair("other", 1)));
}

}  // namespace
}  // namespace amsel
