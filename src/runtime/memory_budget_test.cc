#include "runtime/memory_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/placement.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMegabyte = 1'000'000;
constexpr std::int64_t kBase = 5 * kMegabyte;  ///< of the process, without candidates

ManifestPoint Point(std::vector<PathEntry> paths) {
  ManifestPoint point;
  point.name = "balanced";
  point.paths = std::move(paths);
  return point;
}

const std::vector<PathEntry> kSmallThenLarge{{{"small"}, 0.7, 0.9}, {{"small", "large"}, 0.3, 0.8}};
const std::vector<PathEntry> kLargeAlone{{{"large"}, 1, 0.9}};

/// `small` takes 10 MB, `large` 30.
class MemoryBudgetTest : public testing::Test {
 protected:
  /// What is wrong with that budget for a point of these paths; empty: nothing.
  std::string Check(std::int64_t bytes, const std::vector<PathEntry>& paths) {
    store_.SetBudget({bytes, kBase});
    const Status status = CheckBudget(store_, Point(paths));
    return status.ok() ? "" : status.error().message;
  }

  TwoCandidates world_{std::string("memory_budget_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
                       TwoCandidates::Resident(10 * kMegabyte, 30 * kMegabyte)};
  const Bundle bundle_ = Bundle::Open(world_.path()).value();
  CandidateStore store_{bundle_, PlaceCandidatesOn(bundle_.manifest(), {}, world_.backend).value(), world_.clock};
};

TEST_F(MemoryBudgetTest, ACandidateRunsForTheInputsOfAllPathsThatItIsOn) {
  EXPECT_THAT(CandidateShares(bundle_.manifest(), Point(kSmallThenLarge)), ElementsAre(1, 0.3));
  EXPECT_THAT(CandidateShares(bundle_.manifest(), Point(kLargeAlone)), ElementsAre(0, 1));
  EXPECT_THAT(CandidateShares(bundle_.manifest(), Point({})), ElementsAre(0, 0));
}

TEST_F(MemoryBudgetTest, SufficesWhereItHoldsOneCandidateThatThePointRuns) {
  EXPECT_TRUE(CheckBudget(store_, Point(kLargeAlone)).ok()) << "no budget";
  EXPECT_EQ(Check(15 * kMegabyte, kSmallThenLarge), "");
  EXPECT_EQ(Check(35 * kMegabyte, kLargeAlone), "");
  EXPECT_EQ(Check(15 * kMegabyte, {}), "") << "any will do where the point does not say";
}

TEST_F(MemoryBudgetTest, ElseSaysTheLeastThatDoesAndForWhom) {
  EXPECT_THAT(Check(15 * kMegabyte - 1, kSmallThenLarge), HasSubstr("the least that works is 15.0 MB, with small"));
  EXPECT_THAT(Check(15 * kMegabyte, kLargeAlone), HasSubstr("the least that works is 35.0 MB, with large"));
  EXPECT_THAT(Check(35 * kMegabyte - 1, kLargeAlone), HasSubstr("operating point `balanced`"));
  EXPECT_THAT(Check(15 * kMegabyte - 1, {}), HasSubstr("with small"));
}

}  // namespace
}  // namespace amsel
