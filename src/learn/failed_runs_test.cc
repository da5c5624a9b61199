// Learning and simulation where a candidate gave no answer for some images.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/cross_validate.h"
#include "learn/learners.h"
#include "learn/simulate.h"
#include "learn/slots.h"
#include "learn/staged.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

/// `general`, the most accurate, gives what is no number for images of little luck: for those it would be right.
class FailedRunsTest : public testing::Test {
 protected:
  static constexpr int kFails = 50;

  FailedRunsTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 200) {
    const auto answer = [this](std::span<const std::byte> input, int, std::vector<float>& output) {
      world_.clock.Advance(std::chrono::milliseconds(4));
      const auto* pixels = reinterpret_cast<const float*>(input.data());
      const int luck = static_cast<int>(pixels[1]);
      output.assign(FakeWorld::kClasses, luck < kFails ? NAN : 0.0F);
      const int label = std::clamp(static_cast<int>(pixels[0]) / 50, 0, FakeWorld::kClasses - 1);
      output[static_cast<std::size_t>(luck < 230 ? label : (label + 1) % FakeWorld::kClasses)] += 3.0F;
      return Status();
    };
    world_.backend.Add("general", FakeBackend::Describe("input", 3, FakeWorld::kSide, "logits", FakeWorld::kClasses),
                       answer);
    table_.emplace(world_.Table());
    rows_.resize(table_->image_count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  }

  std::vector<std::size_t> Failed() const {
    std::vector<std::size_t> failed;
    for (const std::size_t i : rows_) {
      if (table_->Failed(kGeneral, i)) failed.push_back(i);
    }
    EXPECT_GT(failed.size(), 10U);
    return failed;
  }

  static constexpr std::size_t kGeneral = 2;
  FakeWorld world_;
  std::optional<ProfileTable> table_;
  std::vector<std::size_t> rows_;
};

TEST_F(FailedRunsTest, ASingleHasNoAnswerThereAndIsWrong) {
  const LearnedPolicy learned = MakeLearner("single", {}).value()(*table_, rows_);
  ASSERT_EQ(table_->candidates[learned.candidates.front()].name, "general");
  Simulator simulator(*table_, learned, 0);
  for (const std::size_t i : Failed()) {
    const SimulatedRun run = simulator.Run(i);
    EXPECT_EQ(run.predicted, -1);
    EXPECT_EQ(run.rank, kNoAnswer);
    EXPECT_EQ(run.path, std::vector<std::size_t>{kGeneral});
    EXPECT_DOUBLE_EQ(run.latency_ms, 4);  // what its other runs took
  }
}

TEST_F(FailedRunsTest, AnotherAnswersInThePlaceOfWhoFailed) {
  const LearnedPolicy learned = MakeLearner("p-right", {}).value()(*table_, rows_);
  Simulator simulator(*table_, learned, 0);
  for (const std::size_t i : Failed()) {
    const SimulatedRun run = simulator.Run(i);
    ASSERT_FALSE(run.path.empty());
    EXPECT_NE(run.path.back(), kGeneral);
    EXPECT_GE(run.predicted, 0);
  }
}

TEST_F(FailedRunsTest, StagedPoliciesAreFiniteAndNeverRightByOneWhoFailed) {
  const LearnedPolicy learned = LearnStaged(*table_, rows_, {});
  for (const std::vector<SimulatedRun>& runs : learned.cross_fitted) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      EXPECT_TRUE(std::isfinite(runs[r].latency_ms));
      const bool by_failed_alone = runs[r].path == std::vector<std::size_t>{kGeneral} && table_->Failed(kGeneral, r);
      if (by_failed_alone) {
        EXPECT_EQ(runs[r].rank, kNoAnswer);
      }
    }
  }
  const LearnedPolicy adapted = LearnAdaptedSingle(*table_, rows_, kGeneral, {});
  for (const std::size_t i : Failed()) EXPECT_EQ(adapted.cross_fitted.front()[i].rank, kNoAnswer);
}

TEST_F(FailedRunsTest, SlotsKnowWhoAnswered) {
  const SlotOutputs outputs = FillSlots(*table_, rows_, {{{0}}, {{kGeneral}}}, {}, rows_);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const std::vector<int> both{0, 1};
    EXPECT_EQ(AnswersFor(*table_, rows_, outputs, both, r), table_->Failed(kGeneral, r) ? 1U : 2U);
  }
}

}  // namespace
}  // namespace amsel
