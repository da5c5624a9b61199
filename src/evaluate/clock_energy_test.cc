#include "evaluate/clock_energy.h"

#include <gtest/gtest.h>

#include "tests/support/clock_meter.h"
#include "tests/support/fake_world.h"
#include "tests/support/on_fake.h"
#include "tests/support/results_row.h"
#include "train/train.h"

namespace amsel {
namespace {

class ClockEnergy : public testing::Test {
 protected:
  ClockEnergy()
      : world_("bundle_" + TestName(), 200),
        fake_("bundle_sysfs_" + TestName()),
        meter_(std::make_shared<ClockMeter>(world_.clock)) {
    options_.repetitions = 1;
    options_.include_training = true;
    options_.energy = ClockInstruments(meter_, world_.clock, fake_);
    TrainOptions train;
    train.policy = "p-right";
    EXPECT_TRUE(Train(world_.Table(), train, world_.Path("bundle")).ok());
  }
  BundleEvaluation Evaluate() {
    const Bundle bundle = Bundle::Open(world_.Path("bundle")).value();
    return ClockBundle(bundle, world_.images, OnFake(world_, bundle), world_.clock, options_).value();
  }

  FakeWorld world_;
  FakeSysfs fake_;
  std::shared_ptr<ClockMeter> meter_;
  ClockOptions options_;
};

TEST_F(ClockEnergy, IsMeasuredPerRowAndLeavesAccuracyAndTimesAlone) {
  const BundleEvaluation clocked = Evaluate();
  EXPECT_TRUE(clocked.without_energy.empty());
  const Json results = EvaluationToJson(clocked.evaluation);
  const Json& general = RowOf(results, "general")["energy_mj"];
  EXPECT_NEAR(general["mean"], 48, 1e-6);
  EXPECT_NEAR(general["above_idle"], 40, 1e-6);
  EXPECT_NEAR(general["ci95"][0], 48, 1e-6);
  EXPECT_NEAR(RowOf(results, "p-right")["energy_mj"]["mean"], 12, 2);  // mostly experts
  EXPECT_EQ(general["source"], "a fake meter; blocks of only 0.1 s");
  EXPECT_TRUE(RowOf(results, "oracle")["energy_mj"].is_null());  // nobody can run it
  EXPECT_NEAR(results["conditions"]["energy"]["idle_before_w"], 2, 1e-6);
  EXPECT_EQ(results["conditions"]["energy"]["images"], 200);
  options_.energy = {};
  Json without = EvaluationToJson(Evaluate().evaluation);
  for (std::size_t i = 0; i < results["rows"].size(); ++i) {
    EXPECT_TRUE(without["rows"][i]["energy_mj"].is_null());
    without["rows"][i]["energy_mj"] = results["rows"][i]["energy_mj"];
  }
  EXPECT_EQ(without["rows"], results["rows"]);
}

TEST_F(ClockEnergy, IsNullWithTheReasonWhereTheMeterFailsAndAnEstimateWhereAskedFor) {
  meter_->broken = true;
  const BundleEvaluation clocked = Evaluate();
  ASSERT_EQ(clocked.without_energy.size(), 4U);  // three singles and the policy
  EXPECT_EQ(clocked.without_energy[0].second, "the sensor vanished");
  const Json results = EvaluationToJson(clocked.evaluation);
  for (const Json& row : results["rows"]) EXPECT_TRUE(row["energy_mj"].is_null()) << row["name"];
  options_.energy.model = PowerModel{5, {}};
  const Json estimated = EvaluationToJson(Evaluate().evaluation);
  EXPECT_NEAR(RowOf(estimated, "general")["energy_mj"]["mean"], 20, 1e-6);
  EXPECT_EQ(RowOf(estimated, "general")["energy_mj"]["source"], "estimate: time x 5 W");
}

}  // namespace
}  // namespace amsel
