#include "meter/sampled_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

namespace amsel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(PowerIntegrator, IsExactForPowerThatChangesEvenly) {
  PowerIntegrator integrator;
  integrator.Add(seconds(1), 2);
  EXPECT_EQ(integrator.joules(), 0);
  integrator.Add(seconds(3), 6);
  EXPECT_DOUBLE_EQ(integrator.joules(), 8);
  integrator.Add(seconds(3), 100);  // no time has passed
  integrator.Add(seconds(4), 6);
  EXPECT_DOUBLE_EQ(integrator.joules(), 14);
}

TEST(SampledMeter, IntegratesWithTheClockThatItIsGivenAndStatesItsOverhead) {
  FakeClock clock;
  double watts = 10;
  const auto read = [&]() -> Result<double> {
    clock.Advance(milliseconds(2));  // the sensor is slow
    return watts;
  };
  const auto meter = SampledMeter::Start({"m", "a sensor", ""}, read, clock, Nanoseconds(0)).value();
  clock.Advance(milliseconds(996));
  EXPECT_NEAR(meter->Joules().value(), 9.98, 1e-9);  // from the middle of one reading to that of the next
  EXPECT_NEAR(meter->SamplingOverhead(), 0.004, 1e-9);
}

TEST(SampledMeter, PowerThatCannotBeIsAFaultThatStays) {
  for (const double bad : {-0.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    FakeClock clock;
    double watts = 1;
    const auto read = [&]() -> Result<double> { return watts; };
    const auto meter = SampledMeter::Start({"m", "a sensor", ""}, read, clock, Nanoseconds(0)).value();
    watts = bad;
    clock.Advance(seconds(1));
    EXPECT_THAT(meter->Joules().error().message, HasSubstr("a sensor: tells a power of"));
    watts = 1;
    EXPECT_FALSE(meter->Joules().ok());
  }
}

TEST(SampledMeter, DoesNotStartWithoutAReading) {
  const FakeClock clock;
  const auto read = []() -> Result<double> { return RuntimeFailure("no sensor"); };
  EXPECT_EQ(SampledMeter::Start({"m", "", ""}, read, clock).error().message, "no sensor");
}

TEST(SampledMeter, SamplesOnItsOwnUntilItIsGone) {
  const SteadyClock clock;
  std::atomic<int> samples = 0;
  const auto read = [&]() -> Result<double> {
    ++samples;
    samples.notify_all();
    return 1.0;
  };
  {
    const auto meter = SampledMeter::Start({"m", "", ""}, read, clock, milliseconds(1)).value();
    for (int seen = samples; seen < 5; seen = samples) samples.wait(seen);
    EXPECT_TRUE(meter->Joules().ok());
  }
  const int at_end = samples;
  EXPECT_EQ(samples, at_end);
  EXPECT_GE(at_end, 6);
}

}  // namespace
}  // namespace amsel
