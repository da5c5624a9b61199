#include "learn/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/policy_common.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::Optional;

/// Of 100 images `original` has 88, its derived ones more: `twin` 90; `size` loses 3 of these and has 2 others, which
/// is one point with a standard error of 2.2; `tiny` has 60.
Outcomes WithTwins() {
  Outcomes outcomes = MadeUpOutcomes(100, 3)
                          .Add("original", 8, [](std::size_t i) { return i < 88 ? 0 : 1; })
                          .Add("twin", 5, [](std::size_t i) { return i < 90 ? 0 : 1; })
                          .Add("size", 2, [](std::size_t i) { return (i >= 3 && i < 90) || i >= 98 ? 0 : 1; })
                          .Add("tiny", 1, [](std::size_t i) { return i < 60 ? 0 : 1; })
                          .made();
  for (std::size_t c = 1; c < 4; ++c) outcomes.candidates[c].derived = true;
  return outcomes;
}

TEST(DerivedSingle, IsTheCheapestThatChanceCouldMakeTheBestOfTheDerived) {
  const Outcomes outcomes = WithTwins();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  EXPECT_EQ(SingleBest(outcomes, rows, 1), 0U);
  EXPECT_THAT(DerivedSingle(outcomes, rows, AllCandidates(outcomes), 1), Optional(2U));
  EXPECT_THAT(DerivedSingle(outcomes, rows, std::vector<std::size_t>{0, 1}, 1), Optional(1U));
  EXPECT_FALSE(DerivedSingle(outcomes, rows, std::vector<std::size_t>{0}, 1));
}

TEST(DerivedSingle, IsNoneWhereAllAreDerivedOrNoneIs) {
  Outcomes outcomes = WithTwins();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  for (const bool derived : {true, false}) {
    for (OutcomeCandidate& candidate : outcomes.candidates) candidate.derived = derived;
    EXPECT_FALSE(DerivedSingle(outcomes, rows, AllCandidates(outcomes), 1)) << derived;
  }
}

TEST(CommonFacts, TheSingleBestAnswersFirstWhereTheChoiceMayNotThenTheMostCapable) {
  const Outcomes outcomes = WithTwins();
  const PolicyCommon common = CommonFacts(outcomes, AllRows(outcomes), {3, 2, 1, 0}, {});
  EXPECT_THAT(common.fallback, ElementsAre(3, 2, 1, 0));  // positions of original, twin, size, tiny
}

}  // namespace
}  // namespace amsel
