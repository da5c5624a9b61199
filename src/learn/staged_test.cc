#include "learn/staged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "learn/learners.h"
#include "learn/simulate.h"
#include "policy/policy_file.h"
#include "policy/staged.h"
#include "tests/support/fake_world.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// The fake world with a third cheap candidate, so that there are gates.
struct GatedWorld : FakeWorld {
  explicit GatedWorld(const std::string& name, int image_count = 150) : FakeWorld(name, image_count) {
    AddCandidate("cheap", 1, [](int, int luck) { return luck < 140; });
  }
};

std::string Bytes(const LearnedPolicy& learned) {
  return SerializeTensorFile(PolicyToTensorFile(*learned.policy));
}

const StagedPlan& PlanOf(const LearnedPolicy& learned) {
  return dynamic_cast<const StagedPolicy&>(*learned.policy).plan();
}

/// Softmax of bias + Σ map(x), in double precision and from the numbers alone.
std::vector<double> PoolByHand(const Head& head, const std::map<int, std::vector<float>>& outputs) {
  const std::size_t classes = outputs.begin()->second.size();
  std::vector<double> z(classes, 0);
  for (std::size_t k = 0; k < head.bias.size(); ++k) z[k] = head.bias[k];
  for (const HeadMap& map : head.maps) {
    const std::vector<float>& x = outputs.at(map.slot);
    for (std::size_t in = 0; in < classes; ++in) {
      for (std::size_t k = 0; k < classes; ++k) {
        double weight = in == k ? map.values[map.kind == HeadMap::Kind::kDiagonal ? k : 0] : 0;
        if (map.kind == HeadMap::Kind::kFull) weight = map.values[in * classes + k];
        z[k] += weight * x[in];
      }
    }
  }
  double sum = 0;
  for (double& value : z) sum += value = std::exp(value);
  for (double& value : z) value /= sum;
  return z;
}

struct ByHand {
  std::vector<std::size_t> path;
  std::vector<double> answer;
  bool features = false;
  bool close = false;  ///< a signal so near its threshold that rounding may decide
};

/// What the plan says of one image, by the book.
ByHand PlayByHand(const ProfileTable& table, const LearnedPolicy& learned, std::size_t point, std::size_t i) {
  const StagedPlan& plan = PlanOf(learned);
  std::vector<float> features;
  for (const std::string& name : learned.policy->feature_names()) {
    const auto at = std::find(table.feature_names.begin(), table.feature_names.end(), name);
    features.push_back(table.Features(i)[static_cast<std::size_t>(at - table.feature_names.begin())]);
  }
  ByHand run;
  std::map<int, std::vector<float>> outputs;
  std::vector<int> classes;
  for (int at = plan.roots[point]; at >= 0;) {
    const StageNode& node = plan.nodes[static_cast<std::size_t>(at)];
    const Slot& slot = plan.slots[static_cast<std::size_t>(node.slot)];
    std::size_t member = 0;
    if (slot.gate >= 0) {
      const FeatureGate& gate = plan.gates[static_cast<std::size_t>(slot.gate)];
      std::vector<float> scratch(gate.scratch_size());
      std::vector<float> scores(slot.members.size());
      gate.Scores(features, scratch, scores);
      member = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
      run.features = true;
    }
    const std::size_t c = learned.candidates[static_cast<std::size_t>(slot.members[member])];
    if (std::find(run.path.begin(), run.path.end(), c) == run.path.end()) run.path.push_back(c);
    outputs[node.slot].resize(static_cast<std::size_t>(table.classes()));
    table.LogProbsOf(c, i, outputs[node.slot]);
    classes.push_back(table.TopClassOf(c, i));
    run.answer = PoolByHand(plan.heads[static_cast<std::size_t>(node.head)], outputs);
    const auto top = std::max_element(run.answer.begin(), run.answer.end());
    double signal = *top;
    if (plan.signal == StopSignal::kAgreement) {
      const auto agree = std::count(classes.begin(), classes.end(), static_cast<int>(top - run.answer.begin()));
      signal = classes.size() < 2 ? 0 : static_cast<double>(agree) / static_cast<double>(classes.size());
    }
    at = -1;
    for (const StageNode::Branch& branch : node.branches) {
      run.close = run.close || std::abs(signal - branch.below) < 1e-5;
      if (at < 0 && signal < branch.below) at = branch.node;
    }
  }
  return run;
}

void ExpectPlaysAsPlanned(const ProfileTable& table, const LearnedPolicy& learned) {
  int close = 0;
  const std::size_t points = learned.policy->operating_points().size();
  for (std::size_t point = 0; point < points; ++point) {
    Simulator simulator(table, learned, static_cast<int>(point));
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      const ByHand expected = PlayByHand(table, learned, point, i);
      if (expected.close) {
        ++close;
        continue;
      }
      const SimulatedRun run = simulator.Run(i);
      ASSERT_EQ(run.path, expected.path) << "image " << i << " at " << learned.policy->operating_points()[point];
      const double own = expected.answer[static_cast<std::size_t>(run.predicted)];
      ASSERT_NEAR(own, *std::max_element(expected.answer.begin(), expected.answer.end()), 1e-5);
    }
  }
  EXPECT_LT(close, static_cast<int>(points * table.image_count() / 10));
}

void ExpectSound(const ProfileTable& table, const LearnedPolicy& learned, std::size_t rows) {
  const auto file = PolicyToTensorFile(*learned.policy);
  const auto back = PolicyFromTensorFile(file, "policy");  // checks all indices, shapes and that numbers are finite
  ASSERT_TRUE(back.ok()) << back.error().message;
  ASSERT_EQ(learned.cross_fitted.size(), learned.policy->operating_points().size());
  for (const std::vector<SimulatedRun>& runs : learned.cross_fitted) {
    ASSERT_EQ(runs.size(), rows);
    for (const SimulatedRun& run : runs) ASSERT_FALSE(run.path.empty());
  }
  ExpectPlaysAsPlanned(table, learned);
}

double CrossFittedAccuracy(const LearnedPolicy& learned, std::size_t point) {
  double right = 0;
  for (const SimulatedRun& run : learned.cross_fitted[point]) right += run.rank == 0 ? 1 : 0;
  return right / static_cast<double>(learned.cross_fitted[point].size());
}

TEST(LearnStaged, PlaysDecisionByDecisionAsItsPlanSays) {
  GatedWorld world("staged_plays");
  const ProfileTable table = world.Table();
  const LearnedPolicy learned = LearnStaged(table, AllRows(table), {});
  EXPECT_GT(learned.policy->operating_points().size(), 4U);
  EXPECT_FALSE(PlanOf(learned).gates.empty());
  ExpectSound(table, learned, table.image_count());
}

TEST(LearnStaged, FindsThePlantedStructure) {
  GatedWorld world("staged_structure");
  const ProfileTable table = world.Table();
  const LearnedPolicy learned = LearnStaged(table, AllRows(table), {});
  ASSERT_EQ(learned.policy->operating_points()[0], "balanced");
  EXPECT_GT(CrossFittedAccuracy(learned, 0), 0.97);  // brightness tells who is right; the single best has 0.7
}

TEST(LearnStaged, OneSeedGivesOnePolicyByteForByte) {
  GatedWorld world("staged_bytes", 80);
  const ProfileTable table = world.Table();
  EXPECT_EQ(Bytes(LearnStaged(table, AllRows(table), {})), Bytes(LearnStaged(table, AllRows(table), {})));
}

TEST(LearnStaged, LooksAtItsRowsOnly) {
  GatedWorld world("staged_rows", 120);
  const ProfileTable table = world.Table();
  const std::vector<std::size_t> all = AllRows(table);
  const Rows rows = Rows(all).first(80);
  for (std::size_t i = rows.size(); i < all.size(); ++i) {
    world.images[i].label = (world.images[i].label + 1) % FakeWorld::kClasses;
    world.images[i].weight = 5;
  }
  ASSERT_TRUE(world.Profile("relabelled.db", world.Options()).ok());
  const ProfileTable relabelled = ProfileTable::Load(world.Path("relabelled.db")).value();
  ASSERT_NE(table.Rank(0, 100), relabelled.Rank(0, 100));
  EXPECT_EQ(Bytes(LearnStaged(table, rows, {})), Bytes(LearnStaged(relabelled, rows, {})));
}

TEST(LearnStaged, CountsAnAnswerAmongTheFirstAsRightOnlyWhereAsked) {
  // The true class is always among the first two of `cheap`, and the first of `dear` more often.
  const Outcomes outcomes = MadeUpOutcomes(600, 4)
                                .Add("cheap", 1, [](std::size_t i) { return i % 5 < 3 ? 0 : 1; })
                                .Add("dear", 10, [](std::size_t i) { return i % 20 == 0 ? 1 : 0; })
                                .made();
  const auto dear_runs = [&](int top) {
    LearnOptions options;
    options.top = top;
    const LearnedPolicy learned = LearnStaged(outcomes, AllRows(outcomes), options);
    const std::vector<std::string>& points = learned.policy->operating_points();
    const auto fast = static_cast<std::size_t>(std::find(points.begin(), points.end(), "fast") - points.begin());
    std::ptrdiff_t runs = 0;
    for (const SimulatedRun& run : learned.cross_fitted.at(fast))
      runs += std::count(run.path.begin(), run.path.end(), std::size_t{1});
    return runs;
  };
  EXPECT_EQ(dear_runs(2), 0);
  EXPECT_GT(dear_runs(1), 100);
}

/// Each case learns, and plays as planned, or is refused beforehand.
TEST(LearnStaged, LearnsFromDegenerateProfiles) {
  FakeWorld world("staged_degenerate", 80);
  world.AddCandidate("twin", 4, [](int, int luck) { return luck < 179; });  // answers as `general` does
  world.AddCandidate("never", 1, [](int, int) { return false; });
  world.AddCandidate("always", 2, [](int, int) { return true; });
  ProfileTable table = world.Table();
  std::vector<std::size_t> rows = AllRows(table);
  for (std::size_t i = 0; i < table.image_count(); ++i) table.images[i].weight = table.files[i].id % 4 == 0 ? 1 : 0;
  ASSERT_TRUE(CheckLearnable(table, rows, 5, {}).ok());
  ExpectSound(table, LearnStaged(table, rows, {}), rows.size());
  for (OutcomeImage& image : table.images) image.weight = 1;
  const LearnedPolicy learned = LearnStaged(table, rows, {});
  ExpectSound(table, learned, rows.size());
  EXPECT_EQ(CrossFittedAccuracy(learned, 2), 1);  // at `accurate`: one is always right
  std::erase_if(rows, [&](std::size_t i) { return table.images[i].label == 3; });
  ASSERT_TRUE(CheckLearnable(table, rows, 5, {}).ok());
  ExpectSound(table, LearnStaged(table, rows, {}), rows.size());
}

TEST(LearnStaged, LearnsFromFiftyImagesAndFromEqualCosts) {
  FakeWorld world("staged_equal", 50);
  world.AddCandidate("general", 1, [](int, int luck) { return luck < 179; });
  const ProfileTable table = world.Table();
  for (std::size_t c = 1; c < table.candidate_count(); ++c) ASSERT_EQ(table.MeanCostMs(c), table.MeanCostMs(0));
  ExpectSound(table, LearnStaged(table, AllRows(table), {}), 50);
}

TEST(LearnStaged, WhatNothingCanBeLearnedFromIsRefused) {
  FakeWorld world("staged_refused", 30);
  ProfileTable table = world.Table();
  const std::vector<std::size_t> rows = AllRows(table);
  const auto complaint = [&](Rows of) {
    const Status status = CheckLearnable(table, of, 5, {});
    return status.ok() ? std::string() : status.error().message;
  };
  EXPECT_EQ(complaint(rows), "");
  std::vector<std::size_t> one_class;
  for (const std::size_t i : rows) {
    if (table.images[i].label == 1) one_class.push_back(i);
  }
  EXPECT_THAT(complaint(one_class), HasSubstr("one class only"));
  EXPECT_THAT(complaint(Rows(rows).first(4)), HasSubstr("fewer than the 5 folds"));
  const std::vector<int> groups = table.groups;
  table.groups.assign(table.groups.size(), 0);
  EXPECT_THAT(complaint(rows), HasSubstr("has 1 images or groups to learn from"));
  table.groups = groups;
  for (OutcomeImage& image : table.images) image.weight = 0;
  EXPECT_THAT(complaint(rows), HasSubstr("weight 0 only"));
}

TEST(LearnStaged, AbstentionsAreNeverRight) {
  GatedWorld world("staged_abstain", 80);
  const ProfileTable table = world.Table();
  LearnOptions options;
  options.staged.abstain_price = 0.001;
  const LearnedPolicy learned = LearnStaged(table, AllRows(table), options);
  EXPECT_FLOAT_EQ(PlanOf(learned).abstain_below, 0.999F);
  int abstained = 0;
  for (std::size_t point = 0; point < learned.cross_fitted.size(); ++point) {
    Simulator simulator(table, learned, static_cast<int>(point));
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      const ByHand expected = PlayByHand(table, learned, point, i);
      const double confidence = *std::max_element(expected.answer.begin(), expected.answer.end());
      if (expected.close || confidence > 0.9989) continue;
      const SimulatedRun run = simulator.Run(i);
      EXPECT_EQ(run.predicted, -1);
      EXPECT_EQ(run.rank, kNoAnswer);
      ++abstained;
    }
  }
  EXPECT_GT(abstained, 0);
  int none = 0;
  for (const SimulatedRun& run : learned.cross_fitted[1]) none += run.rank == kNoAnswer ? 1 : 0;
  EXPECT_GT(none, 0);
}

TEST(LearnAdaptedSingle, IsOneCandidateWithItsOwnHead) {
  FakeWorld world("staged_single", 60);
  const ProfileTable table = world.Table();
  const LearnedPolicy learned = LearnAdaptedSingle(table, AllRows(table), 1, {});
  EXPECT_EQ(learned.policy->operating_points(), std::vector<std::string>{"default"});
  ExpectSound(table, learned, 60);
  Simulator simulator(table, learned, 0);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(simulator.Run(i).path, std::vector<std::size_t>{1});
}

TEST(LearnAdaptedSingle, AHeadThatIsRightLessOftenThanTheCandidateGivesWayToATemperature) {
  int temperatures = 0;
  for (const int images : {20, 30, 40, 60}) {
    FakeWorld world("staged_never_worse", images);
    const ProfileTable table = world.Table();
    for (std::size_t c = 0; c < table.candidate_count(); ++c) {
      const LearnedPolicy learned = LearnAdaptedSingle(table, AllRows(table), c, {});
      double right = 0;
      for (std::size_t i = 0; i < table.image_count(); ++i) right += table.Right(c, i, 1) ? 1 : 0;
      EXPECT_GE(CrossFittedAccuracy(learned, 0) + 1e-9, right / images) << images << " images, candidate " << c;
      temperatures += PlanOf(learned).heads[0].maps[0].kind == HeadMap::Kind::kScalar ? 1 : 0;
    }
  }
  EXPECT_GT(temperatures, 0);
}

/// Slots of each operating point, in order.
std::vector<std::vector<int>> Chains(const StagedPlan& plan) {
  std::vector<std::vector<int>> chains;
  for (const int root : plan.roots) {
    chains.emplace_back();
    for (int at = root; at >= 0;) {
      const StageNode& node = plan.nodes[static_cast<std::size_t>(at)];
      chains.back().push_back(node.slot);
      at = node.branches.empty() ? -1 : node.branches.front().node;
    }
  }
  return chains;
}

class Ablation : public testing::Test {
 protected:
  Ablation() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 100), table_(world_.Table()) {}

  LearnedPolicy Learn(const std::string& name) {
    const auto learner = MakeLearner(name, {});
    EXPECT_TRUE(learner.ok());
    LearnedPolicy learned = (*learner)(table_, AllRows(table_));
    ExpectSound(table_, learned, table_.image_count());
    EXPECT_EQ(learned.policy->operating_points()[0], "balanced");
    return learned;
  }

  GatedWorld world_;
  ProfileTable table_;
};

TEST_F(Ablation, WithoutFeaturesThereAreNoGates) {
  for (const char* name : {"staged-no-features", "cascade", "agreement"}) {
    const LearnedPolicy learned = Learn(name);
    EXPECT_TRUE(PlanOf(learned).gates.empty());
    EXPECT_TRUE(learned.policy->feature_names().empty());
  }
}

TEST_F(Ablation, WithoutPoolingHeadsSeeTheLastSlotAlone) {
  for (const char* name : {"staged-no-pooling", "cascade"}) {
    const LearnedPolicy learned = Learn(name);
    for (const StageNode& node : PlanOf(learned).nodes) {
      const Head& head = PlanOf(learned).heads[static_cast<std::size_t>(node.head)];
      ASSERT_EQ(head.maps.size(), 1);
      EXPECT_EQ(head.maps[0].slot, node.slot);
    }
  }
}

TEST_F(Ablation, WithoutLearnedHeadsOutputsAreAveraged) {
  for (const char* name : {"staged-no-head", "cascade", "agreement"}) {
    const LearnedPolicy learned = Learn(name);
    for (const Head& head : PlanOf(learned).heads) {
      EXPECT_TRUE(head.bias.empty());
      for (const HeadMap& map : head.maps) {
        EXPECT_EQ(map.values, std::vector<float>{1.0F / static_cast<float>(head.maps.size())});
      }
    }
  }
}

TEST_F(Ablation, WithAFixedOrderCostsDoNotFall) {
  const LearnedPolicy learned = Learn("staged-fixed-order");
  const StagedPlan& plan = PlanOf(learned);
  for (const std::vector<int>& chain : Chains(plan)) {
    double last = 0;
    for (const int slot : chain) {
      const std::vector<CandidateId>& members = plan.slots[static_cast<std::size_t>(slot)].members;
      const double cost = table_.MeanCostMs(learned.candidates[static_cast<std::size_t>(members.front())]);
      EXPECT_GE(cost, last);  // all members of a gate cost the same here
      last = cost;
    }
  }
}

TEST_F(Ablation, AgreementStopsWhenCandidatesAgree) {
  EXPECT_EQ(PlanOf(Learn("agreement")).signal, StopSignal::kAgreement);
  EXPECT_EQ(PlanOf(Learn("staged")).signal, StopSignal::kConfidence);
}

}  // namespace
}  // namespace amsel
