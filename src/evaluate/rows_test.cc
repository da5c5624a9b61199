#include "evaluate/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(ImageShares, AreTheWeightsByTheirSum) {
  EXPECT_EQ(ImageShares(std::vector<double>{1, 3}), (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(ImageShares(std::vector<double>{0, 0}), (std::vector<double>{0.5, 0.5}));
}

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Images of weight 1, each a group of its own.
EvaluatedImages Images(std::size_t count) {
  EvaluatedImages images;
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(0);
    images.weights.push_back(1);
    images.groups.push_back(static_cast<int>(i));
  }
  images.classes = 2;
  return images;
}

/// Right on these images; among the first five on all; always class 0, in the same time.
RowSamples Single(const std::string& name, double ms, std::vector<double> right) {
  const std::size_t count = right.size();
  return {.name = name,
          .kind = "single",
          .right = std::move(right),
          .right_top5 = std::vector<double>(count, 1),
          .latency_ms = std::vector<double>(count, ms),
          .predicted = std::vector<int>(count, 0),
          .shares = {{name, 1}},
          .worst_path_ms = ms};
}

TEST(OracleRow, TakesTheCheapestByMeanTimeOfThoseThatAreWorthMost) {
  // `swift` takes less in the mean, though not on image 0; utilities count as they are.
  RowSamples swift = Single("swift", 2, {0.5, 0.5, 0, 0.2});
  swift.latency_ms = {5, 1, 1, 1};
  const std::vector<RowSamples> singles{Single("slow", 3, {0.5, 0.9, 0, 0.1}), swift};
  const RowSamples oracle = OracleRow(singles, Images(4));
  EXPECT_THAT(oracle.right, ElementsAre(0.5, 0.9, 0, 0.2));
  EXPECT_THAT(oracle.latency_ms, ElementsAre(5, 3, 1, 1));
  EXPECT_THAT(oracle.shares, UnorderedElementsAre(Pair("slow", 0.25), Pair("swift", 0.75)));
  EXPECT_EQ(oracle.worst_path_ms, 3);
  EvaluatedImages first = Images(4);
  first.weights = {9, 1, 1, 1};  // now `swift` takes (45 + 3) / 12 ms, and slow 3
  EXPECT_THAT(OracleRow(singles, first).latency_ms, ElementsAre(3, 3, 3, 1));
}

TEST(RandomMixRow, IsWhatEachSingleDoesByThePolicysSharesAndThePolicysOverhead) {
  RowSamples policy{.name = "picks",
                    .operating_point = "fast",
                    .right = {1, 1, 1},
                    .shares = {{"small", 0.25}, {"large", 0.75}},
                    .worst_path_ms = 99};
  RowSamples small = Single("small", 1, {1, 0, 0});
  small.right_top5 = {1, 0, 1};
  const std::vector<RowSamples> singles{small, Single("unused", 50, {1, 1, 1}), Single("large", 5, {1, 1, 0})};
  const RowSamples mix = RandomMixRow(policy, singles, 0.5);
  EXPECT_EQ(mix.name, "random mix of picks");
  EXPECT_EQ(mix.kind, "random-mix");
  EXPECT_EQ(mix.operating_point, "fast");
  EXPECT_THAT(mix.right, ElementsAre(1, 0.75, 0));
  EXPECT_THAT(mix.right_top5, ElementsAre(1, 0.75, 1));
  EXPECT_THAT(mix.latency_ms, ElementsAre(4.5, 4.5, 4.5));  // 1/4 of 1, 3/4 of 5, and deciding
  EXPECT_EQ(mix.worst_path_ms, 5.5);                        // that of `large`, not of `unused`
  EXPECT_EQ(mix.shares, policy.shares);
  EXPECT_TRUE(mix.predicted.empty());  // there is no one answer
}

TEST(RandomStopRow, StopsAtEachDepthWithTheShareThatThePolicyStoppedThereWhateverTheImage) {
  const RowSamples policy{.name = "stops", .shares = {{"small", 1}, {"large", 0.5}}, .worst_path_ms = 9};
  std::vector<RowSamples> forced(3);
  forced[0].right = {1, 0, 0, 0};
  forced[1].right = {1, 1, 0, 0};
  forced[2].right = {0, 1, 1, 0};
  for (std::size_t depth = 0; depth < forced.size(); ++depth) {
    forced[depth].right_top5.assign(4, depth == 2 ? 1 : 0);
    forced[depth].latency_ms.assign(4, 1 + 4.0 * static_cast<double>(depth));
  }
  const std::vector<std::size_t> stopped_at{0, 2, 0, 1};
  const RowSamples row = RandomStopRow(policy, forced, stopped_at, std::vector<double>(4, 0.25));  // 1/2, 1/4, 1/4
  EXPECT_EQ(row.name, "random stop of stops");
  EXPECT_EQ(row.kind, "random-stop");
  EXPECT_THAT(row.right, ElementsAre(0.75, 0.5, 0.25, 0));
  EXPECT_THAT(row.right_top5, ElementsAre(0.25, 0.25, 0.25, 0.25));
  EXPECT_THAT(row.latency_ms, ElementsAre(4, 4, 4, 4));
  EXPECT_EQ(row.shares, policy.shares);
  EXPECT_EQ(row.worst_path_ms, 9);
  const RowSamples weighted = RandomStopRow(policy, forced, stopped_at, std::vector{0.1, 0.6, 0.1, 0.2});
  EXPECT_THAT(weighted.right, ElementsAre(DoubleEq(0.4), DoubleEq(0.8), DoubleEq(0.6), DoubleEq(0)));
}

TEST(RandomStopRow, IsThePolicyItselfToTheBitWhereAllStopAtOneDepth) {
  std::vector<RowSamples> forced(2);
  for (RowSamples& stage : forced) {
    stage.right = {1, 0, 1};
    stage.right_top5 = {1, 1, 1};
    stage.latency_ms = {0.1, 0.2, 0.3};
  }
  const std::vector<double> each{0.1, 0.2, 0.7000000001};
  const RowSamples row = RandomStopRow({}, forced, std::vector<std::size_t>{1, 1, 1}, each);
  EXPECT_EQ(row.right, forced[1].right);
  EXPECT_EQ(row.latency_ms, forced[1].latency_ms);
}

TEST(EfficientSingle, JudgesByWeightsAndByWholeGroups) {
  // `near` loses images 0 to 3 and wins 4 and 5 of ten: a gap of 0.2, and by image an error of 0.25.
  const std::vector<RowSamples> singles{Single("near", 1, {0, 0, 0, 0, 1, 1, 1, 1, 0, 0}),
                                        Single("best", 9, {1, 1, 1, 1, 0, 0, 1, 1, 0, 0})};
  EvaluatedImages images = Images(10);
  EXPECT_EQ(EfficientSingle(singles, "best", images), "near");
  images.weights = {4, 4, 4, 4, 1, 1, 1, 1, 1, 1};  // 14 of 22, an error of 0.19
  EXPECT_EQ(EfficientSingle(singles, "best", images), "best");
  images = Images(10);
  images.groups = {0, 1, 2, 3, 0, 1, 2, 2, 3, 3};  // alike in each group: an error of 0.09
  EXPECT_EQ(EfficientSingle(singles, "best", images), "best");
}

TEST(EfficientSingle, IsTheSingleBestWhereNothingCheaperIsAsGood) {
  const std::vector<RowSamples> singles{Single("as good and dearer", 10, {1, 1, 1, 0}), Single("best", 9, {1, 1, 1, 0}),
                                        Single("worse", 1, {0, 0, 0, 0})};
  EXPECT_EQ(EfficientSingle(singles, "best", Images(4)), "best");
}

TEST(EnergyByShares, IsThatOfEachCandidateByItsShareAndAbsentWhereOneHasNone) {
  ProfileTable table;
  table.candidates = {{"small"}, {"large"}, {"unmeasured"}};
  table.profiled.resize(3);
  table.profiled[0].energy_mj = 10;
  table.profiled[0].energy_above_idle_mj = 4;
  table.profiled[0].energy_source = "meter a";
  table.profiled[1].energy_mj = 100;
  table.profiled[1].energy_source = "meter b";
  RowSamples row;
  EXPECT_FALSE(EnergyByShares(row, table));  // nothing ran
  row.shares = {{"small", 1}, {"large", 0.25}};
  const RowEnergy both = EnergyByShares(row, table).value();
  EXPECT_EQ(both.mean_mj, 35);
  EXPECT_FALSE(both.above_idle_mj);  // that of `large` is not known
  EXPECT_EQ(both.source, "meter b and meter a, of candidates alone, by the profile");
  row.shares = {{"small", 0.5}};
  EXPECT_EQ(EnergyByShares(row, table)->mean_mj, 5);
  EXPECT_EQ(EnergyByShares(row, table)->above_idle_mj, 2);
  row.shares = {{"small", 1}, {"unmeasured", 0.1}};
  EXPECT_FALSE(EnergyByShares(row, table));
  row.shares = {{"nobody", 1}};
  EXPECT_FALSE(EnergyByShares(row, table));
}

TEST(OracleRow, NeverCountsNoneOfThemIsRightAsRight) {
  EvaluatedImages images;
  images.labels = {0, 0};
  images.weights = {1, 3};
  images.groups = {0, 1};
  images.classes = 2;
  const RowSamples cheap{"cheap", "single", "", {0, 0}, {1, 1}, {1, 1}, {1, 1}, {}, 1};
  const RowSamples dear{"dear", "single", "", {1, 0}, {1, 1}, {5, 5}, {0, 1}, {}, 5};
  const RowSamples oracle = OracleRow({dear, cheap}, images);
  EXPECT_EQ(oracle.right, (std::vector<double>{1, 0}));
  EXPECT_EQ(oracle.latency_ms, (std::vector<double>{5, 1}));  // where none is right the cheapest is charged
  EXPECT_EQ(oracle.shares, (std::map<std::string, double>{{"cheap", 0.75}, {"dear", 0.25}}));
}

}  // namespace
}  // namespace amsel
