#include "learn/slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "learn/feature_rows.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using Names = std::vector<std::string>;

/// Slots by the names of their members, these sorted.
std::vector<Names> Proposed(const ProfileTable& table, const LearnOptions& options = {}) {
  std::vector<Names> slots;
  for (const TableSlot& slot : ProposeSlots(table, AllRows(table), options)) {
    slots.emplace_back();
    for (const std::size_t c : slot.members) slots.back().push_back(table.candidates[c].name);
    std::sort(slots.back().begin(), slots.back().end());
  }
  return slots;
}

void AddLucky(FakeWorld& world, const std::string& name, int milliseconds, int luck) {
  world.AddCandidate(name, milliseconds, [luck](int, int drawn) { return drawn < luck; });
}

TEST(ProposeSlots, TwoCandidatesOfEqualCostGetNoGate) {
  FakeWorld world("slots_two", 100);
  EXPECT_THAT(Proposed(world.Table()), testing::UnorderedElementsAre(Names{"dark"}, Names{"bright"}, Names{"general"}));
}

TEST(ProposeSlots, ThreeOfEqualCostGetAGateOverAllAndOneWithoutTheMostAccurate) {
  FakeWorld world("slots_three", 100);
  AddLucky(world, "cheap", 1, 150);
  const ProfileTable table = world.Table();
  const std::vector<Names> slots = Proposed(table);
  EXPECT_EQ(std::count_if(slots.begin(), slots.end(), [](const Names& slot) { return slot.size() > 1; }), 2);
  EXPECT_THAT(slots, Contains(Names{"bright", "cheap", "dark"}));
  EXPECT_THAT(slots, Contains(Names{"bright", "dark"}));
  LearnOptions without;
  without.staged.gates = false;
  for (const Names& slot : Proposed(table, without)) EXPECT_EQ(slot.size(), 1);
}

TEST(ProposeSlots, FarLessAccurateCandidatesAreNoFixedSlots) {
  FakeWorld world("slots_poor", 200);
  AddLucky(world, "poor", 1, 20);      // below dark and bright, at their cost
  AddLucky(world, "dear", 10, 140);    // below general, and dearer
  AddLucky(world, "better", 12, 240);  // a bit dearer still
  const std::vector<Names> slots = Proposed(world.Table());
  EXPECT_THAT(slots, Not(Contains(Names{"poor"})));
  EXPECT_THAT(slots, Not(Contains(Names{"dear"})));
  EXPECT_THAT(slots, Contains(Names{"better"}));
  EXPECT_THAT(slots, Contains(Names{"bright", "dark", "poor"}));  // may still be good at something
}

TEST(ProposeSlots, AreEighteenAtMostAndHoldTheCheapestCandidate) {
  FakeWorld world("slots_many", 60);
  for (int tier = 0; tier < 4; ++tier) {
    for (int n = 0; n < 4; ++n) {
      AddLucky(world, "t" + std::to_string(tier) + std::to_string(n), 8 << tier, 190 + 15 * tier + n);
    }
  }
  const ProfileTable table = world.Table();
  const std::vector<Names> slots = Proposed(table);
  EXPECT_LE(slots.size(), 18);
  EXPECT_EQ(std::set<Names>(slots.begin(), slots.end()).size(), slots.size());
  EXPECT_EQ(std::count_if(slots.begin(), slots.end(), [](const Names& slot) { return slot.size() == 1; }), 14);
  EXPECT_THAT(slots.front(), testing::AnyOf(Names{"bright"}, Names{"dark"}));
}

/// Every look at the clock takes a while, so that features have a cost.
class TickingClock final : public Clock {
 public:
  TickingClock(FakeClock& clock, Nanoseconds tick) : clock_(clock), tick_(tick) {}
  Nanoseconds Now() const override {
    clock_.Advance(tick_);
    return clock_.Now();
  }

 private:
  FakeClock& clock_;
  Nanoseconds tick_;
};

ProfileTable TickingTable(FakeWorld& world, int microseconds) {
  const TickingClock clock(world.clock, std::chrono::microseconds(microseconds));
  const std::string file = world.Path("ticking.db");
  EXPECT_TRUE(RunProfile(world.LoadedZoo(), world.images, world.backend, clock, file, world.Options()).ok());
  return ProfileTable::Load(file).value();
}

TEST(AffordableFeatures, AreThoseOfGatesThatCostAtMostAHundredthOfTheCheapestCandidate) {
  FakeWorld world("slots_features", 20);
  const ProfileTable table = TickingTable(world, 3);
  double cheapest = 1e9;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) cheapest = std::min(cheapest, table.MeanCostMs(c));
  const Names affordable = AffordableFeatures(table);
  EXPECT_FALSE(affordable.empty());
  EXPECT_LT(affordable.size(), table.feature_names.size());
  const Names of_gates = GateFeatureNames();
  for (const std::string& name : table.feature_names) {
    const bool for_gates = std::count(of_gates.begin(), of_gates.end(), name) > 0;
    const bool fits = for_gates && table.FeaturesCostMs({name}) <= 0.01 * cheapest;
    EXPECT_EQ(std::count(affordable.begin(), affordable.end(), name), fits ? 1 : 0) << name;
  }
}

TEST(AffordableFeatures, WhereNoneIsThereAreNoGates) {
  FakeWorld world("slots_dear_features", 40);
  AddLucky(world, "cheap", 1, 150);
  const ProfileTable table = TickingTable(world, 100);
  EXPECT_TRUE(AffordableFeatures(table).empty());
  for (const Names& slot : Proposed(table)) EXPECT_EQ(slot.size(), 1);
}

TEST(FillSlots, GatesPickWhoIsRightAndOutputsAreTheirs) {
  FakeWorld world("slots_fill", 200);
  AddLucky(world, "cheap", 1, 50);
  const ProfileTable table = world.Table();
  const std::vector<std::size_t> rows = AllRows(table);
  std::vector<std::size_t> part(100);  // fitted on one half
  std::iota(part.begin(), part.end(), std::size_t{0});
  const std::vector<TableSlot> slots{{{2}}, {{0, 1, 2, 3}}};
  const std::vector<std::string> features{"avg_perceived_brightness"};
  const SlotOutputs outputs = FillSlots(table, rows, slots, features, part);
  std::vector<float> expected(FakeWorld::kClasses);
  int right = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    EXPECT_EQ(outputs.picks[0][r], 2);
    right += table.Right(outputs.picks[1][r], rows[r]) ? 1 : 0;
    for (std::size_t s = 0; s < slots.size(); ++s) {
      table.LogProbsOf(outputs.picks[s][r], rows[r], expected);
      for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_EQ(outputs.log_probs[s][r * expected.size() + k], expected[k]);
      }
    }
  }
  EXPECT_EQ(right, 200);  // brightness tells which of dark and bright is right
}

TEST(FeatureRows, TakesNamedFeaturesInTheOrderAskedFor) {
  FakeWorld world("feature_rows", 12);
  const ProfileTable table = world.Table();
  const std::vector<std::string> names{table.feature_names[3], table.feature_names[0]};
  EXPECT_THAT(FeaturePositions(table, names), ElementsAre(3, 0));
  const std::vector<std::size_t> rows{7, 2};
  EXPECT_THAT(FeatureRows(table, rows, names),
              ElementsAre(table.Features(7)[3], table.Features(7)[0], table.Features(2)[3], table.Features(2)[0]));
  EXPECT_TRUE(FeatureRows(table, rows, {}).empty());
}

}  // namespace
}  // namespace amsel
