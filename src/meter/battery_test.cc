#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meter/find_meters.h"
#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using testing::HasSubstr;

constexpr const char* kBattery = "/sys/class/power_supply/BAT0/";

Discovery FoundBatteries(const FakeSysfs& fake) {
  Discovery discovery;
  FindBattery(fake.sysfs(), discovery);
  return discovery;
}

void PutBattery(FakeSysfs& fake, const std::string& status) {
  fake.Put(std::string(kBattery) + "status", status);
  fake.Put("/sys/class/power_supply/AC/online", 0);
}

TEST(Battery, IsOfUseOnlyWhileItIsDischarging) {
  FakeSysfs fake("battery_status");
  EXPECT_THAT(FoundBatteries(fake).missing.at(0).why, HasSubstr("has no BAT*"));
  for (const char* status : {"Charging", "Full", "Not charging", "Unknown", ""}) {
    PutBattery(fake, status);
    fake.Put(std::string(kBattery) + "power_now", 6'000'000);
    EXPECT_TRUE(FoundBatteries(fake).found.empty()) << status;
    EXPECT_THAT(FoundBatteries(fake).missing.at(0).why, HasSubstr("only while it is discharging")) << status;
  }
  PutBattery(fake, "Discharging");
  EXPECT_EQ(FoundBatteries(fake).found.at(0).info.source, "battery (BAT0)");
}

TEST(Battery, OneOfTwoMayRestButNotCharge) {
  FakeSysfs fake("battery_two");
  PutBattery(fake, "Discharging");
  fake.Put(std::string(kBattery) + "power_now", 6'000'000);
  fake.Put("/sys/class/power_supply/BAT1/power_now", 0);
  fake.Put("/sys/class/power_supply/BAT1/status", "Not charging");
  EXPECT_EQ(FoundBatteries(fake).found.at(0).info.source, "battery (BAT0 + BAT1)");
  fake.Put("/sys/class/power_supply/BAT1/status", "Charging");
  EXPECT_TRUE(FoundBatteries(fake).found.empty());
}

TEST(Battery, PowerIsTakenFromVoltageAndCurrentWhereItIsNotTold) {
  FakeSysfs fake("battery_product");
  PutBattery(fake, "Discharging");
  EXPECT_TRUE(FoundBatteries(fake).found.empty());  // tells nothing at all
  fake.Put(std::string(kBattery) + "voltage_now", 12'000'000);
  fake.Put(std::string(kBattery) + "current_now", -500'000);  // some drivers give discharging a minus sign
  EXPECT_EQ(FoundBatteries(fake).found.at(0).info.how, "power sampled 20 times a second");
  fake.Put(std::string(kBattery) + "voltage_now", -12);
  EXPECT_THAT(FoundBatteries(fake).missing.at(0).why, HasSubstr("voltage_now: is negative"));
  fake.Put(std::string(kBattery) + "voltage_now", "12 V");
  EXPECT_THAT(FoundBatteries(fake).missing.at(0).why, HasSubstr("expected a whole number, found \"12 V\""));
}

TEST(Battery, AGaugeOfWhatIsLeftServesWhereNoPowerIsTold) {
  FakeSysfs fake("battery_gauge");
  PutBattery(fake, "Discharging");
  fake.Put(std::string(kBattery) + "energy_now", 40'000'000);
  const FakeClock clock;
  const auto meter = FoundBatteries(fake).found.at(0).start(clock).value();
  fake.Put(std::string(kBattery) + "energy_now", 39'990'000);  // a step of 10 mWh
  EXPECT_NEAR(meter->Joules().value(), 36, 1e-9);
  fake.Put(std::string(kBattery) + "energy_now", 39'995'000);
  EXPECT_THAT(meter->Joules().error().message, HasSubstr("grew while it was discharging"));
}

TEST(Battery, PluggingInTheChargerMidwayIsAFaultThatStays) {
  FakeSysfs fake("battery_plugged");
  PutBattery(fake, "Discharging");
  fake.Put(std::string(kBattery) + "energy_now", 40'000'000);
  const FakeClock clock;
  const auto meter = FoundBatteries(fake).found.at(0).start(clock).value();
  PutBattery(fake, "Charging");
  EXPECT_THAT(meter->Joules().error().message, HasSubstr("BAT0: its status is \"Charging\""));
  PutBattery(fake, "Discharging");
  EXPECT_FALSE(meter->Joules().ok());
}

}  // namespace
}  // namespace amsel
