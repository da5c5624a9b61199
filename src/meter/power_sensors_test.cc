#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "meter/find_meters.h"
#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using testing::HasSubstr;

Discovery Ina(const FakeSysfs& fake) {
  Discovery discovery;
  FindIna3221(fake.sysfs(), discovery);
  return discovery;
}

Discovery Hwmon(const FakeSysfs& fake) {
  Discovery discovery;
  FindHwmon(fake.sysfs(), discovery);
  return discovery;
}

TEST(Ina3221, TheRailOfTheWholeModuleIsCountedAlone) {  // Orin Nano
  FakeSysfs fake("ina_total");
  fake.PutRail(1, "VDD_IN", 4944, 1000);
  fake.PutRail(2, "VDD_CPU_GPU_CV", 4944, 300);
  fake.PutRail(3, "VDD_SOC", 4944, 200);
  const Discovery discovery = Ina(fake);
  ASSERT_EQ(discovery.found.size(), 1U);
  EXPECT_EQ(discovery.found[0].info.source, "INA3221 (VDD_IN)");
  EXPECT_EQ(discovery.found[0].info.how, "power sampled 20 times a second");
}

TEST(Ina3221,
     RailsAreSummedWhereNoneFeedsTheWholeModule) {  // AGX Orin; the driver's sum and an open channel are no rails
  FakeSysfs fake("ina_rails");
  fake.PutRail(1, "VDD GPU SOC", 20'000, 500);
  fake.PutRail(2, "NC", 20'000, 9000);
  fake.PutRail(3, "VDD_CPU_CV", 20'000, 250);
  fake.PutRail(7, "sum of shunt voltages", 3, 750);
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/in1_label", "VIN_SYS_5V0");
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/in1_input", 5000);
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/curr1_input", 1000);
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/in2_label", "OFF");
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/in2_enable", 0);
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/in2_input", 5000);
  fake.Put("/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/curr2_input", 1000);
  const std::string third = "/sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/";
  fake.Put(third + "in3_label", "");
  fake.Put(third + "in3_input", 5000);
  fake.Put(third + "curr3_input", 1000);
  fake.Put("/sys/bus/i2c/drivers/ina3221/bind", "");
  const Discovery discovery = Ina(fake);
  ASSERT_EQ(discovery.found.size(), 1U);
  EXPECT_EQ(discovery.found[0].info.source, "INA3221 (VDD GPU SOC + VDD_CPU_CV + VIN_SYS_5V0)");
}

TEST(Ina3221, AChannelWithoutDataIsNoRail) {
  FakeSysfs fake("ina_no_data");
  fake.PutRail(1, "VDD_GPU", 5000, 10);
  fake.PutRail(2, "VDD_CPU", 5000, 10);
  fake.Withhold(FakeSysfs::Rail("curr2_input"), ENODATA);
  EXPECT_EQ(Ina(fake).found.at(0).info.source, "INA3221 (VDD_GPU)");
}

TEST(Ina3221, ARailAtRestMayReadALittleBelowZero) {
  FakeSysfs fake("ina_offset");
  fake.PutRail(1, "VDD_GPU", 5000, -8);
  fake.PutRail(2, "VDD_CPU", 5000, 1000);
  EXPECT_EQ(Ina(fake).found.size(), 1U);
}

TEST(Ina3221, ReadingsThatCannotBeAreReasons) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"in1_input", "garbage"}, {"in1_input", "-5000"}, {"curr1_input", ""}, {"curr1_input", "1.5"}};
  for (const auto& [file, text] : cases) {
    FakeSysfs fake("ina_garbage");
    fake.PutRail(1, "VDD_IN", 5000, 1000);
    fake.Put(FakeSysfs::Rail(file), text);
    EXPECT_TRUE(Ina(fake).found.empty());
    EXPECT_THAT(Ina(fake).missing.at(0).why, HasSubstr(file)) << text;
  }
}

TEST(Ina3221, SaysHowToGivePermission) {
  FakeSysfs fake("ina_denied");
  fake.PutRail(1, "VDD_IN", 5000, 1000);
  fake.Withhold(FakeSysfs::Rail("curr1_input"), EACCES);
  EXPECT_THAT(Ina(fake).missing.at(0).why, HasSubstr("Permission denied; run amsel as root"));
}

TEST(Ina3221, ASensorThatVanishesIsAFaultThatStays) {
  FakeSysfs fake("ina_vanishes");
  fake.PutRail(1, "VDD_IN", 5000, 1000);
  const FakeClock clock;
  const auto meter = Ina(fake).found.at(0).start(clock).value();
  ASSERT_TRUE(meter->Joules().ok());
  fake.Remove("/sys/bus/i2c/drivers/ina3221/1-0040");
  EXPECT_THAT(meter->Joules().error().message, HasSubstr("in1_input: cannot be read"));
  fake.PutRail(1, "VDD_IN", 5000, 1000);
  EXPECT_FALSE(meter->Joules().ok());
}

TEST(Hwmon, EachPowerSensorIsAMeterOfItsOwn) {
  FakeSysfs fake("hwmon_sensors");
  fake.Put("/sys/class/hwmon/hwmon2/name", "ina226");
  fake.Put("/sys/class/hwmon/hwmon2/power1_input", 5'250'000);
  fake.Put("/sys/class/hwmon/hwmon2/power1_label", "board supply, 12 V");
  fake.Put("/sys/class/hwmon/hwmon2/power1_cap", 1);
  fake.Put("/sys/class/hwmon/hwmon10/name", "amdgpu");
  fake.Put("/sys/class/hwmon/hwmon10/power2_input", 1'000'000);
  const Discovery discovery = Hwmon(fake);
  ASSERT_EQ(discovery.found.size(), 2U);
  EXPECT_EQ(discovery.found[0].info.name, "hwmon2/power1");
  EXPECT_EQ(discovery.found[0].info.source, "hwmon (ina226 board supply, 12 V)");
  EXPECT_EQ(discovery.found[1].info.source, "hwmon (amdgpu power2)");
}

TEST(Hwmon, SaysWhichSensorCannotBeReadOrThatThereIsNone) {
  FakeSysfs fake("hwmon_bad");
  EXPECT_THAT(Hwmon(fake).missing.at(0).why, HasSubstr("has no power*_input"));
  fake.Put("/sys/class/hwmon/hwmon2/power1_input", -1);
  fake.Put("/sys/class/hwmon/hwmon2/power2_input", 7);
  fake.Withhold("/sys/class/hwmon/hwmon2/power2_input", EACCES);
  const Discovery discovery = Hwmon(fake);
  ASSERT_EQ(discovery.missing.size(), 2U);
  EXPECT_THAT(discovery.missing[0].why, HasSubstr("is negative"));
  EXPECT_EQ(discovery.missing[1].name, "hwmon2/power2");
  EXPECT_THAT(discovery.missing[1].why, HasSubstr("chmod a+r"));
}

}  // namespace
}  // namespace amsel
