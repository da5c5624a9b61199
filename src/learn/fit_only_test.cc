// Rows that are fit_only: what is learned from them, and that nothing is chosen by them.
#include <gtest/gtest.h>

#include "learn/choose.h"
#include "learn/premodels.h"
#include "learn/staged.h"
#include "policy/policy_file.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

std::string PolicyBytes(const LearnedPolicy& learned) {
  return SerializeTensorFile(PolicyToTensorFile(*learned.policy));
}

/// A quarter of the images fit only.
class FitOnlyRows : public testing::Test {
 protected:
  FitOnlyRows() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 120), table_(world_.Table()) {
    for (std::size_t i = 0; i < table_.image_count(); ++i) {
      table_.images[i].fit_only = i / 4 % 4 == 1;
      if (!table_.images[i].fit_only) choose_.push_back(i);
    }
  }

  FakeWorld world_;
  ProfileTable table_;
  std::vector<std::size_t> choose_;
};

TEST_F(FitOnlyRows, FitHeadsAndAreInNoFoldOfAStagedPolicy) {
  const LearnedPolicy learned = LearnStaged(table_, AllRows(table_), {});
  for (const std::vector<SimulatedRun>& runs : learned.cross_fitted) {
    ASSERT_EQ(runs.size(), choose_.size());
    for (const SimulatedRun& run : runs) EXPECT_FALSE(run.path.empty());
  }
  EXPECT_NE(PolicyBytes(learned), PolicyBytes(LearnStaged(table_, choose_, {})));
}

TEST_F(FitOnlyRows, WhatTheyAnswerMovesNoPortfolioAndNoPrice) {
  LearnOptions options;
  options.features = {"avg_brightness"};
  const LearnedPolicy before = LearnPRight(table_, AllRows(table_), options);
  for (std::size_t i = 0; i < table_.image_count(); ++i) {  // the cheap ones are right on all that only fits
    if (!table_.images[i].fit_only) continue;
    for (const std::size_t c : {0, 1}) table_.ranks[c * table_.image_count() + i] = 0;
  }
  const LearnedPolicy after = LearnPRight(table_, AllRows(table_), options);
  EXPECT_EQ(after.candidates, before.candidates);
}

TEST_F(FitOnlyRows, CountInNoComparisonOfKindsOfPolicy) {
  const LearnedPolicy learned = LearnByValidation(table_, AllRows(table_), {});
  for (const std::vector<SimulatedRun>& runs : learned.cross_fitted) EXPECT_EQ(runs.size(), choose_.size());
}

}  // namespace
}  // namespace amsel
