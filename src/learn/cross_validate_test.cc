#include "learn/cross_validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "learn/learners.h"
#include "policy/staged.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

class CrossValidateTest : public testing::Test {
 protected:
  CrossValidateTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 100) {
    world_.AddCandidate("cheap", 1, [](int, int luck) { return luck < 140; });
    table_ = world_.Table();
    rows_.resize(table_.image_count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    folds_ = FoldsOf(table_, rows_, 3, 1);
  }

  CrossValidation Validate(const std::string& policy) {
    return CrossValidate(table_, rows_, folds_, MakeLearner(policy, {}).value());
  }

  FakeWorld world_;
  ProfileTable table_;
  std::vector<std::size_t> rows_;
  std::vector<int> folds_;
};

TEST_F(CrossValidateTest, EveryNamedPointAppearsOnceAndTheUnnamedDoNot) {
  const CrossValidation validation = Validate("staged");
  std::vector<std::string> names;
  for (const PointValidation& point : validation.points) {
    names.push_back(point.name);
    ASSERT_EQ(point.runs.size(), rows_.size());
    for (const SimulatedRun& run : point.runs) EXPECT_FALSE(run.path.empty());
  }
  EXPECT_THAT(names, testing::ElementsAre("balanced", "fast", "accurate", "steady"));
}

TEST_F(CrossValidateTest, RowsThatAreAlwaysLearnedFromAreSeenByEachFoldAndTestedByNone) {
  const std::vector<std::size_t> always(rows_.end() - 10, rows_.end());
  const std::vector<std::size_t> tested(rows_.begin(), rows_.end() - 10);
  const Learner single = MakeLearner("single", {}).value();
  const Learner spy = [&](const Outcomes& table, Rows rows) {
    for (const std::size_t i : always) EXPECT_EQ(std::count(rows.begin(), rows.end(), i), 1) << i;
    return single(table, rows);
  };
  const CrossValidation validation = CrossValidate(table_, tested, FoldsOf(table_, tested, 3, 1), spy, always);
  EXPECT_EQ(validation.points[0].runs.size(), tested.size());
}

TEST_F(CrossValidateTest, EveryRowIsPlayedByThePolicyThatDidNotSeeIt) {
  constexpr int kFolds = 3;
  std::vector<LearnedPolicy> learned(kFolds);  // by the one fold that is left out; folds are learned side by side
  const Learner staged = MakeLearner("staged", {}).value();
  const Learner spy = [&](const Outcomes& table, Rows rows) {
    std::set<int> left_out{0, 1, 2};
    for (const std::size_t i : rows) left_out.erase(folds_[i]);
    EXPECT_EQ(left_out.size(), 1);
    LearnedPolicy policy = staged(table, rows);
    learned[static_cast<std::size_t>(*left_out.begin())] = policy;
    return policy;
  };
  int told = 0;
  const CrossValidation validation = CrossValidate(table_, rows_, folds_, spy, {}, nullptr, [&](int done, int folds) {
    EXPECT_EQ(done, ++told);
    EXPECT_EQ(folds, kFolds);
  });
  for (const LearnedPolicy& policy : learned) ASSERT_NE(policy.policy, nullptr);
  EXPECT_EQ(told, 3);
  for (std::size_t point = 0; point < validation.points.size(); ++point) {
    for (const std::size_t r : rows_) {  // named points come first, in one order
      Simulator simulator(table_, learned[static_cast<std::size_t>(folds_[r])], static_cast<int>(point));
      const SimulatedRun expected = simulator.Run(r);
      EXPECT_EQ(validation.points[point].runs[r].path, expected.path);
      EXPECT_EQ(validation.points[point].runs[r].predicted, expected.predicted);
      EXPECT_EQ(validation.points[point].runs[r].latency_ms, expected.latency_ms);
    }
  }
}

TEST_F(CrossValidateTest, ForcedPathsGrowByAtMostOneCandidateAStage) {
  for (const PointValidation& point : Validate("staged").points) {
    ASSERT_EQ(point.forced.size(), kMaxStages);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      bool met = false;
      for (std::size_t s = 0; s < point.forced.size(); ++s) {
        const std::vector<std::size_t>& path = point.forced[s][r].path;
        ASSERT_GE(path.size(), 1);
        EXPECT_LE(path.size(), s + 1);
        met = met || (path == point.runs[r].path && point.forced[s][r].predicted == point.runs[r].predicted);
        if (s == 0) continue;
        const std::vector<std::size_t>& before = point.forced[s - 1][r].path;
        ASSERT_LE(before.size(), path.size());
        EXPECT_TRUE(std::equal(before.begin(), before.end(), path.begin()));
      }
      EXPECT_TRUE(met) << "no stage ends as the policy did";
    }
  }
}

TEST_F(CrossValidateTest, ForcedRunsAreThePolicysOwnWhereItTookSoManyStages) {
  std::set<std::size_t> lengths;
  for (const PointValidation& point : Validate("staged-no-features").points) {
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const SimulatedRun& run = point.runs[r];
      const SimulatedRun& forced = point.forced[run.path.size() - 1][r];  // without gates a stage is a candidate
      EXPECT_EQ(forced.path, run.path);
      EXPECT_EQ(forced.predicted, run.predicted);
      EXPECT_EQ(forced.rank, run.rank);
      EXPECT_EQ(forced.latency_ms, run.latency_ms);
      lengths.insert(run.path.size());
    }
  }
  EXPECT_GT(lengths.size(), 1);
}

TEST_F(CrossValidateTest, PoliciesThatDecideOnceHaveNoForcedRuns) {
  const CrossValidation validation = Validate("single");
  ASSERT_EQ(validation.points.size(), 1);
  EXPECT_TRUE(validation.points[0].forced.empty());
}

}  // namespace
}  // namespace amsel
