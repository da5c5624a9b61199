#include "evaluate/derived_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/simulated_rows.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::Pair;

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

TEST(ChosenDerived, IsWhoMostTrainingPartsChooseAndOfEqualsTheCheapest) {
  Outcomes outcomes = TwoTwins();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  EXPECT_EQ(ChosenDerived(outcomes, rows, {0, 0, 1, 1}, 1), 1U);  // one vote each
  EXPECT_EQ(ChosenDerived(outcomes, rows, {0, 0, 1, 2}, 1), 1U);  // other, then alike: one, twice
  outcomes.mean_inference_ms[1] = 3;
  EXPECT_EQ(ChosenDerived(outcomes, rows, {0, 0, 1, 1}, 1), 2U);  // one vote each
  outcomes.candidates[1].derived = outcomes.candidates[2].derived = false;
  EXPECT_FALSE(ChosenDerived(outcomes, rows, {0, 0, 1, 1}, 1));
}

TEST(DerivedRow, IsWhatOneCandidateDidAlone) {
  const Outcomes outcomes = TwoTwins();
  const RowSamples one = SinglesOf(outcomes)[1];
  const RowSamples row = DerivedRow(kDerivedSingle, one);
  EXPECT_EQ(row.name, "derived single");
  EXPECT_EQ(row.kind, "derived-single");
  EXPECT_TRUE(row.derived);
  EXPECT_EQ(row.right, one.right);
  EXPECT_EQ(row.latency_ms, one.latency_ms);
  EXPECT_EQ(DerivedRow(kAdaptedDerivedSingle, one).kind, "adapted-derived-single");
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
