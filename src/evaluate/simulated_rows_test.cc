// Nulls and bounds, worked out by hand on four images.
#include "evaluate/simulated_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/rows.h"
#include "tests/support/made_up_outcomes.h"
#include "tests/support/simulated_run.h"

namespace amsel {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

/// `cheap` (1 ms) is right on images 0 and 1, `dear` (4 ms) on 0 and 2, nobody on 3.
Outcomes FourImages() {
  return MadeUpOutcomes(4, 3)
      .Add("cheap", 1, [](std::size_t i) { return i < 2 ? 0 : 1; })
      .Add("dear", 4, [](std::size_t i) { return i % 2 == 0 ? 0 : 1; })
      .made();
}

/// Stops after `cheap` on images 0 and 1; together both are right on 0 and 2. Deciding takes half a millisecond a
/// stage.
PointValidation Stops() {
  const SimulatedRun none;
  PointValidation point{"balanced", std::vector<SimulatedRun>(4, none), {}};
  const std::vector<int> alone{0, 0, 1, 1};
  const std::vector<int> together{0, 1, 0, 1};
  point.forced.assign(5, std::vector<SimulatedRun>(4, none));
  for (std::size_t i = 0; i < 4; ++i) {
    point.forced[0][i] = Ran({0}, alone[i], 1.5);
    for (std::size_t stage = 1; stage < point.forced.size(); ++stage) {
      point.forced[stage][i] = Ran({0, 1}, together[i], 6);
    }
    point.runs[i] = i < 2 ? point.forced[0][i] : point.forced[1][i];
  }
  return point;
}

std::vector<RowSamples> Singles(const Outcomes& outcomes) {
  const std::vector<std::size_t> rows = AllRows(outcomes);
  return {SingleRow(outcomes, rows, 0), SingleRow(outcomes, rows, 1)};
}

std::vector<RowSamples> RowsOf(const Outcomes& outcomes, const std::string& policy, const PointValidation& point) {
  std::vector<RowSamples> rows;
  AddPointRows(outcomes, AllRows(outcomes), policy, point, /*only=*/false, Singles(outcomes), rows);
  return rows;
}

TEST(OracleRow, TakesTheCheapestThatIsRightAndWhereNoneIsTheCheapest) {
  const Outcomes outcomes = FourImages();
  const RowSamples oracle = OracleRow(Singles(outcomes), DescribeImages(outcomes, AllRows(outcomes)));
  EXPECT_THAT(oracle.right, ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(oracle.latency_ms, ElementsAre(1, 1, 4, 1));
  EXPECT_THAT(oracle.shares, UnorderedElementsAre(Pair("cheap", 0.75), Pair("dear", 0.25)));
}

TEST(AddPointRows, ARandomStopStopsWithThePolicysSharesWhateverTheImage) {
  const std::vector<RowSamples> rows = RowsOf(FourImages(), "staged", Stops());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].right, ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(rows[0].latency_ms, ElementsAre(1.5, 1.5, 6, 6));
  EXPECT_EQ(rows[1].name, "random stop of staged balanced");
  EXPECT_THAT(rows[1].right, ElementsAre(1, 0.5, 0.5, 0));  // half stop at once, half go on
  EXPECT_THAT(rows[1].latency_ms, ElementsAre(3.75, 3.75, 3.75, 3.75));
}

TEST(AddPointRows, ARandomStopCountsImagesByTheirWeight) {
  Outcomes outcomes = FourImages();
  outcomes.images[3].weight = 3;  // of six: two stop at once, four go on
  const std::vector<RowSamples> rows = RowsOf(outcomes, "staged", Stops());
  EXPECT_THAT(rows[1].right, ElementsAre(DoubleEq(1), DoubleEq(2.0 / 6), DoubleEq(4.0 / 6), DoubleEq(0)));
}

TEST(AddPointRows, APooledOracleStopsAtTheFirstStageThatIsRight) {
  const std::vector<RowSamples> rows = RowsOf(FourImages(), "staged", Stops());
  EXPECT_EQ(rows[2].name, "pooled oracle of staged balanced");
  EXPECT_THAT(rows[2].right, ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(rows[2].latency_ms, ElementsAre(1.5, 1.5, 6, 1.5));
}

TEST(AddPointRows, ARandomMixDrawsACandidateWithThePolicysShares) {
  PointValidation chooses{"balanced", {}, {}};
  for (const std::size_t c : {1, 0, 1, 1}) chooses.runs.push_back(Ran({c}, 0, (c == 0 ? 1 : 4) + 0.5));
  const std::vector<RowSamples> rows = RowsOf(FourImages(), "p-right", chooses);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].name, "random mix of p-right balanced");
  EXPECT_THAT(rows[1].right, ElementsAre(1, 0.25, 0.75, 0));
  EXPECT_THAT(rows[1].latency_ms, ElementsAre(3.75, 3.75, 3.75, 3.75));  // a quarter of 1, three of 4, and deciding
}

TEST(EfficientSingle, IsTheCheapestThatChanceCouldMakeTheBest) {
  // Of 100 images `best` has 90; `near` loses 3 of them and has 2 others: one point, and an error of 2.2. `far` has 60.
  const Outcomes outcomes = MadeUpOutcomes(100, 3)
                                .Add("far", 1, [](std::size_t i) { return i < 60 ? 0 : 1; })
                                .Add("near", 5, [](std::size_t i) { return (i >= 3 && i < 90) || i >= 98 ? 0 : 1; })
                                .Add("best", 10, [](std::size_t i) { return i < 90 ? 0 : 1; })
                                .made();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  std::vector<RowSamples> singles{SingleRow(outcomes, rows, 0), SingleRow(outcomes, rows, 1),
                                  SingleRow(outcomes, rows, 2)};
  EXPECT_EQ(EfficientSingle(singles, "best", DescribeImages(outcomes, rows)), "near");
  singles[1].derived = true;  // a twin is no yardstick
  EXPECT_EQ(EfficientSingle(singles, "best", DescribeImages(outcomes, rows)), "best");
  for (RowSamples& single : singles) single.derived = true;
  EXPECT_EQ(EfficientSingle(singles, "best", DescribeImages(outcomes, rows)), "near");
}

TEST(AddPointRows, TheTextbooksCascadeIsItselfANullAndHasNone) {
  PointValidation point = Stops();
  point.forced.clear();
  const std::vector<RowSamples> rows = RowsOf(FourImages(), "textbook", point);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "textbook balanced");
  EXPECT_EQ(rows[0].kind, "textbook");
  EXPECT_EQ(rows[0].operating_point, "balanced");
}

}  // namespace
}  // namespace amsel
