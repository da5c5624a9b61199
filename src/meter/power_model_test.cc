#include "meter/power_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(PowerModel, SaysThatItIsAnEstimate) {
  const PowerModel model = ParsePowerModel("watts=6.5,idle_watts=2").value();
  EXPECT_DOUBLE_EQ(model.Millijoules(4), 26);
  EXPECT_DOUBLE_EQ(model.MillijoulesAboveIdle(4).value(), 18);
  EXPECT_EQ(SourceOf(model), "estimate: time x 6.5 W, 2 W when idle");
  EXPECT_EQ(SourceOf(ParsePowerModel("watts=5").value()), "estimate: time x 5 W");
  EXPECT_FALSE(ParsePowerModel("watts=5")->MillijoulesAboveIdle(1).has_value());
}

TEST(PowerModel, RefusesWhatIsNoPower) {
  for (const char* text :
       {"", "5", "watts", "watts=", "watts=x", "watts=-1", "watts=0", "watts=nan", "watts=inf", "idle_watts=1",
        "watts=5,idle_watts=6", "watts=5,watts=6", "watts=5,volts=3", "watts=5 W", "watts=5,,idle_watts=1"}) {
    const auto model = ParsePowerModel(text);
    ASSERT_FALSE(model.ok()) << text;
    EXPECT_EQ(model.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(model.error().message, testing::HasSubstr("expected watts=W"));
  }
}

}  // namespace
}  // namespace amsel
