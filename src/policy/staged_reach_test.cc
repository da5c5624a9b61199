#include <gtest/gtest.h>

#include "policy/premodel.h"
#include "policy/staged.h"

namespace amsel {
namespace {

/// Slot 0: candidate 0. Slot 1: candidate 1, 2 or 3 (as if a gate chose). Slot 2: candidate 1 again.
StagedPolicy ThreeSlots() {
  StagedPlan plan;
  plan.slots = {{{0}, -1}, {{1, 2, 3}, -1}, {{1}, -1}};
  plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}};
  plan.nodes = {{0, 0, 0.9F, {{0.5F, 1, 0.9F}}}, {1, 0, 0.9F, {{0.5F, 2, 0.9F}}}, {2, 0, 0.9F, {}}};
  plan.roots = {0, 2};
  return StagedPolicy({2, {1, 4, 4, 4}, {1, 0, 2, 3}, {}, {"whole", "one"}}, std::move(plan));
}

TEST(DearestPath, CountsEachPreparationOnceAndNoCandidateTwice) {
  const StagedPolicy policy = ThreeSlots();
  // 1 shares its input with 0. By 1: 1 + 10 + 50, as 1 runs once. By 2: 1 + 10 + (4 + 7) + 50. By 3: 1 + 10 + 13 + 50.
  std::vector<StepCost> costs{{1, 10, 0}, {50, 10, 0}, {4, 7, 1}, {3, 10, 2}};
  EXPECT_EQ(policy.DearestPath(0, costs, 100), 74);
  costs[3].input = 0;  // then 2 is the dearest way
  EXPECT_EQ(policy.DearestPath(0, costs, 100), 72);
  EXPECT_EQ(policy.DearestPath(1, costs, 100), 60);
}

TEST(OnlyCandidateAt, IsWhoeverAnswersAlone) {
  const StagedPolicy policy = ThreeSlots();
  EXPECT_EQ(policy.OnlyCandidateAt(0), kNoCandidate);
  EXPECT_EQ(policy.OnlyCandidateAt(1), 1);
  StagedPlan plan = policy.plan();
  plan.heads[0].bias = {0, 1};  // which may turn an answer
  EXPECT_EQ(StagedPolicy(policy.common(), plan).OnlyCandidateAt(1), kNoCandidate);
  const SinglePolicy single({2, {1}, {0}, {}, {"default"}}, 0);
  EXPECT_EQ(single.OnlyCandidateAt(0), 0);
}

TEST(DecideAlike, IsOfTheSameStagesHeadsAndThresholds) {
  const StagedPolicy policy = ThreeSlots();
  StagedPlan plan = policy.plan();
  const int copy = static_cast<int>(plan.nodes.size());
  plan.nodes.insert(plan.nodes.end(), {plan.nodes[0], plan.nodes[1], plan.nodes[2]});
  plan.nodes[static_cast<std::size_t>(copy)].branches[0].node = copy + 1;
  plan.nodes[static_cast<std::size_t>(copy + 1)].branches[0].node = copy + 2;
  plan.roots = {0, copy, copy + 1};
  PolicyCommon common = policy.common();
  common.operating_points = {"a", "b", "c"};
  EXPECT_TRUE(StagedPolicy(common, plan).DecideAlike(0, 1));
  EXPECT_FALSE(StagedPolicy(common, plan).DecideAlike(0, 2));
  plan.nodes[static_cast<std::size_t>(copy + 1)].branches[0].below = 0.6F;
  EXPECT_FALSE(StagedPolicy(common, plan).DecideAlike(0, 1));
}

TEST(DearestPath, ChargesEachOfSeveralWhatItCostsAfterAnother) {
  const std::vector<StepCost> costs{{1, 10, 0, 9}, {50, 10, 0, 55}, {4, 7, 1, 5}, {3, 10, 2, 3}};
  EXPECT_EQ(ThreeSlots().DearestPath(0, costs, 100), 9 + 10 + 3 + 10 + 55);
}

/// Of which the first stage is a gate over two candidates.
StagedPolicy BehindAGate() {
  StagedPlan plan = ThreeSlots().plan();
  plan.roots = {1, 2};
  return StagedPolicy({2, {1, 4, 4, 4}, {1, 0, 2, 3}, {}, {"gate", "one"}}, std::move(plan));
}

TEST(BeginsWithOne, IsSoUnlessAGateOrAPremodelChooses) {
  EXPECT_TRUE(ThreeSlots().BeginsWithOne(0));
  EXPECT_FALSE(BehindAGate().BeginsWithOne(0));
  EXPECT_TRUE(BehindAGate().BeginsWithOne(1));
  EXPECT_TRUE(SinglePolicy({2, {1}, {0}, {}, {"default"}}, 0).BeginsWithOne(0));
}

TEST(DearestPath, BehindAGateTheFirstCandidateIsColdToo) {
  // 3, after another: 3 + 10, and 1, too: 55 + 10.
  const std::vector<StepCost> costs{{1, 10, 0, 9}, {50, 10, 0, 55}, {4, 7, 1, 5}, {3, 10, 2, 3}};
  EXPECT_EQ(BehindAGate().DearestPath(0, costs, 0), 3 + 10 + 55 + 10);
  EXPECT_EQ(BehindAGate().DearestPath(1, costs, 0), 50 + 10);
}

TEST(DearestPath, OfAPolicyThatDecidesOnceIsItsDearestCandidateAndTheFeatures) {
  const PRightPolicy policy({2, {1, 4}, {1, 0}, {"contrast"}, {"default"}}, {{0}, {255}},
                            KnnIndex({0}, {0.8F, 0.9F}, 1, 1, 2), 1, {0});
  EXPECT_EQ(policy.DearestPath(0, std::vector<StepCost>{{1, 10, 0}, {5, 10, 0}}, 100), 115);
}

}  // namespace
}  // namespace amsel
