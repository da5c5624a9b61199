// Headroom, worked out by hand on eight images.
#include "doctor/headroom.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

/// `cheap` (1 ms) is right on images 0 to 3, `other` (2 ms) on 4 and 5, `best` (4 ms) on all but 0, 4 and 5; nobody on
/// none.
Outcomes EightImages() {
  return MadeUpOutcomes(8, 2)
      .Add("cheap", 1, [](std::size_t i) { return i < 4 ? 0 : 1; })
      .Add("other", 2, [](std::size_t i) { return i == 4 || i == 5 ? 0 : 1; })
      .Add("best", 4, [](std::size_t i) { return i == 0 || i == 4 || i == 5 ? 1 : 0; })
      .made();
}

Headroom Of(const Subject& subject) {
  return DescribeHeadroom(subject, DescribeCandidates(subject, 1), 1);
}

TEST(DescribeHeadroom, IsThatOfPerfectAndOfBlindChoice) {
  const Outcomes outcomes = EightImages();
  const Headroom headroom = Of(SubjectOf(outcomes, AllRows(outcomes), 1));
  EXPECT_EQ(headroom.single_best.name, "best");
  EXPECT_EQ(headroom.single_best.accuracy.value, 0.625);
  EXPECT_EQ(headroom.single_best.cost_ms, 4);
  EXPECT_EQ(headroom.cheapest.name, "cheap");
  EXPECT_EQ(headroom.ceiling, 4);
  // The cheapest that is right: cheap on 0 to 3, other on 4 and 5, best on 6 and 7.
  EXPECT_EQ(headroom.oracle.accuracy.value, 1);
  EXPECT_EQ(headroom.oracle.cost_ms, (4 * 1 + 2 * 2 + 2 * 4) / 8.0);
  // Half of the images to cheap (4 of 8 right), a quarter each to other (2 of 8) and to best (5 of 8).
  const double mix = 0.5 * 0.5 + 0.25 * 0.25 + 0.25 * 0.625;
  EXPECT_NEAR(headroom.oracle_mix.accuracy.value, mix, 1e-12);
  EXPECT_NEAR(headroom.oracle_mix.cost_ms, 2, 1e-12);
  EXPECT_NEAR(headroom.skill_needed.value(), (0.625 - mix) / (1 - mix), 1e-12);
  EXPECT_FALSE(headroom.derived);
}

TEST(DescribeHeadroom, CountsImagesByTheirWeight) {
  Outcomes outcomes = EightImages();
  outcomes.images[6].weight = outcomes.images[7].weight = 0;
  const Headroom headroom = Of(SubjectOf(outcomes, AllRows(outcomes), 1));
  EXPECT_EQ(headroom.single_best.name, "cheap");  // 4 of 6
  EXPECT_EQ(headroom.efficient_single.name, "cheap");
  EXPECT_NEAR(headroom.single_best.accuracy.value, 4.0 / 6, 1e-12);
  EXPECT_NEAR(headroom.oracle.cost_ms, 8.0 / 6, 1e-12);
  EXPECT_EQ(headroom.ceiling, 1);
}

TEST(DescribeHeadroom, NeedsNoSkillWhereBlindChoiceIsAsGoodAsTheSingleBest) {
  const Outcomes outcomes = MadeUpOutcomes(4, 2)
                                .Add("one", 1, [](std::size_t i) { return i < 2 ? 0 : 1; })
                                .Add("two", 1, [](std::size_t i) { return i < 2 ? 1 : 0; })
                                .made();
  EXPECT_EQ(Of(SubjectOf(outcomes, AllRows(outcomes), 1)).skill_needed, 0);  // each has half, and so has the mix
  const Outcomes alike = MadeUpOutcomes(4, 2)
                             .Add("one", 1, [](std::size_t) { return 0; })
                             .Add("two", 2, [](std::size_t) { return 0; })
                             .made();
  EXPECT_FALSE(Of(SubjectOf(alike, AllRows(alike), 1)).skill_needed);
}

TEST(DescribeHeadroom, TellsWhatTheBestDerivedCandidateBringsAlone) {
  Outcomes outcomes = EightImages();
  outcomes.candidates[0].derived = true;
  Subject subject = SubjectOf(outcomes, AllRows(outcomes), 1);
  ChooseDerived({}, subject);
  const DerivedAlone derived = Of(subject).derived.value();
  EXPECT_EQ(derived.row.name, "cheap");
  EXPECT_EQ(derived.over_best.value, -0.125);
  EXPECT_EQ(derived.speedup, 4);
}

}  // namespace
}  // namespace amsel
