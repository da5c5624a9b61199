#include "meter/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

/// Counts what the test says; fails after `reads_left` readings.
class FakeMeter final : public EnergyMeter {
 public:
  const MeterInfo& info() const override { return info_; }
  Result<double> Joules() override {
    if (reads_left-- == 0) return RuntimeFailure("the sensor vanished");
    return joules;
  }
  double joules = 0;
  int reads_left = -1;

 private:
  MeterInfo info_{"fake", "a fake meter", "counter"};
};

/// A device that takes 2 W at rest, 10 W with the task `small` (0.1 s a run) and 20 W with `large` (0.4 s).
class Blocks : public testing::Test {
 protected:
  Blocks() : fake_("blocks_" + TestName()), meter_(std::make_shared<FakeMeter>()) {
    instruments_.meter = meter_;
    instruments_.load.emplace(fake_.sysfs(), clock_);
    instruments_.blocks.wait = [this](Nanoseconds time) { Pass(time, 2, 0); };
    tasks_.push_back({"small", [this] { return Work(milliseconds(100), 10, "small"); }});
    tasks_.push_back({"large", [this] { return Work(milliseconds(400), 20, "large"); }});
  }

  /// `busy` of one processor is used by this process; `others_` by others.
  void Pass(Nanoseconds time, double watts, double busy) {
    const double elapsed_s = std::chrono::duration<double>(time).count();
    clock_.Advance(time);
    meter_->joules += watts * elapsed_s;
    own_ticks_ += 100 * busy * elapsed_s;
    all_ticks_ += 100 * (busy + others_) * elapsed_s;
    fake_.SetBusy(std::lround(all_ticks_), std::lround(own_ticks_));
  }
  Result<std::int64_t> Work(Nanoseconds time, double watts, const std::string& name) {
    Pass(time, watts, 1);
    order_ += name[0];
    return std::int64_t{1};
  }
  EnergyReport Measured() { return MeasureEnergy(instruments_, clock_, tasks_).value(); }

  FakeSysfs fake_;
  FakeClock clock_;
  std::shared_ptr<FakeMeter> meter_;
  EnergyInstruments instruments_;
  std::vector<EnergyTask> tasks_;
  double own_ticks_ = 100;
  double all_ticks_ = 1000;
  double others_ = 0;
  std::string order_;
};

TEST_F(Blocks, TellEnergyPerRunInAllAndAboveIdle) {
  const EnergyReport report = Measured();
  EXPECT_EQ(report.source, "a fake meter");
  EXPECT_NEAR(report.idle_before_w.value(), 2, 1e-9);
  EXPECT_NEAR(report.idle_after_w.value(), 2, 1e-9);
  const EnergyFigure& small = report.outcomes.at(0).figure.value();
  EXPECT_NEAR(small.joules, 1, 1e-9);
  EXPECT_NEAR(small.joules_above_idle.value(), 0.8, 1e-9);
  EXPECT_NEAR(small.joules_half_width.value(), 0, 1e-9);
  EXPECT_EQ(small.blocks.size(), 5U);
  EXPECT_EQ(small.blocks[0].runs, 50);  // 5 s
  const EnergyFigure& large = report.outcomes.at(1).figure.value();
  EXPECT_NEAR(large.joules, 8, 1e-9);
  EXPECT_NEAR(large.joules_above_idle.value(), 7.2, 1e-9);
}

TEST_F(Blocks, AlternateBetweenTasks) {
  instruments_.blocks.length = milliseconds(400);
  (void)Measured();
  EXPECT_EQ(std::count(order_.begin(), order_.end(), 'l'), 5);
  EXPECT_EQ(std::count(order_.begin(), order_.end(), 's'), 20);
  EXPECT_EQ(order_.find("lll"),
            std::string::npos);  // at most two in a row: the end of a round and the start of the next
}

TEST_F(Blocks, DisturbedOnesAreRepeatedAndDoNotCount) {
  int calls = 0;
  tasks_.pop_back();
  tasks_[0].run = [&] {
    others_ = ++calls <= 50 ? 0.3 : 0.04;  // the first block is disturbed, the others hardly
    return Work(milliseconds(100), calls <= 50 ? 99 : 10, "small");
  };
  const EnergyReport report = Measured();
  EXPECT_NEAR(report.outcomes.at(0).figure.value().joules, 1, 1e-9);
  EXPECT_EQ(calls, 6 * 50);
}

TEST_F(Blocks, ThereIsNoFigureUnderOtherLoad) {
  others_ = 0.06;
  const EnergyReport report = Measured();
  EXPECT_FALSE(report.idle_before_w.has_value());
  for (const EnergyOutcome& outcome : report.outcomes) {
    EXPECT_FALSE(outcome.figure.has_value());
    EXPECT_THAT(outcome.why_not, HasSubstr("other programs used up to 6 % of a processor"));
  }
}

TEST_F(Blocks, ThereIsNoFigureWhereTheLoadIsNotKnown) {
  fake_.Remove("/proc/stat");
  tasks_ = {{"small", [this]() -> Result<std::int64_t> {
               clock_.Advance(seconds(1));
               return std::int64_t{1};
             }}};
  instruments_.blocks.wait = [this](Nanoseconds time) { clock_.Advance(time); };
  const EnergyReport report = Measured();
  EXPECT_FALSE(report.outcomes.at(0).figure.has_value());
  EXPECT_THAT(report.outcomes.at(0).why_not, HasSubstr("/proc/stat: does not say"));
}

TEST_F(Blocks, AMeterThatFailsMidwayLeavesNoFigureButIsNoError) {
  meter_->reads_left = 9;
  const EnergyReport report = Measured();
  for (const EnergyOutcome& outcome : report.outcomes) {
    EXPECT_FALSE(outcome.figure.has_value());
    EXPECT_EQ(outcome.why_not, "the sensor vanished");
  }
}

TEST_F(Blocks, AMeterThatFailsAfterTheWorkCostsOnlyTheIdlePower) {
  meter_->reads_left = 2 + 2 * 10;
  const EnergyReport report = Measured();
  EXPECT_NEAR(report.outcomes.at(0).figure.value().joules, 1, 1e-9);
  EXPECT_FALSE(report.outcomes.at(0).figure->joules_above_idle.has_value());
}

TEST_F(Blocks, AMeterThatDoesNotMoveLeavesNoFigure) {
  tasks_.push_back({"stuck", [this] { return Work(seconds(1), 0, "stuck"); }});
  const EnergyReport report = Measured();
  EXPECT_TRUE(report.outcomes.at(0).figure.has_value());
  EXPECT_THAT(report.outcomes.at(2).why_not, HasSubstr("did not move"));
}

TEST_F(Blocks, ATaskThatFailsIsAnError) {
  tasks_[1].run = []() -> Result<std::int64_t> { return RuntimeFailure("the DNN failed"); };
  EXPECT_EQ(MeasureEnergy(instruments_, clock_, tasks_).error().message, "the DNN failed");
}

TEST(FigureOf, GivesTheIntervalOfStudentsT) {
  std::vector<EnergyBlock> blocks;
  for (const double joules : {9.0, 10.0, 11.0, 10.0, 10.0}) blocks.push_back({joules, 5, 10, 0});
  const EnergyFigure figure = FigureOf(blocks, 1.0);
  EXPECT_NEAR(figure.joules, 1, 1e-12);
  EXPECT_NEAR(figure.joules_above_idle.value(), 0.5, 1e-12);
  EXPECT_NEAR(figure.joules_half_width.value(), 2.776 * std::sqrt(0.02 / 4 / 5), 1e-9);
}

TEST(LoadWatch, IsTheTimeOfOthersPerSecondOfOneProcessor) {
  FakeSysfs fake("load_watch");
  FakeClock clock;
  LoadWatch load(fake.sysfs(), clock);
  ASSERT_TRUE(load.Start().ok());
  clock.Advance(seconds(10));
  fake.SetBusy(1000 + 1000 + 50, 100 + 1000);
  EXPECT_NEAR(load.OtherLoad().value(), 0.05, 1e-12);
  fake.SetBusy(1000 + 990, 100 + 1000);  // ticks are coarse
  EXPECT_EQ(load.OtherLoad().value(), 0);
  fake.Put("/proc/self/stat", "4242 (amsel");
  EXPECT_THAT(load.OtherLoad().error().message, HasSubstr("/proc/self/stat: does not say"));
}

}  // namespace
}  // namespace amsel
