#include "meter/find_meters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(FindMeters, AMachineWithNoneSaysWhyOfEachKind) {
  const FakeSysfs fake("find_none");
  const Discovery discovery = FindMeters(fake.sysfs());
  EXPECT_TRUE(discovery.found.empty());
  std::vector<std::string> names;
  for (const MissingMeter& missing : discovery.missing) names.push_back(missing.name);
  EXPECT_THAT(names, testing::ElementsAre("rapl", "ina3221", "hwmon", "battery"));
  const FakeClock clock;
  const auto meter = StartMeter(discovery, "auto", clock);
  ASSERT_FALSE(meter.ok());
  EXPECT_EQ(meter.error().kind, ErrorKind::kRuntime);
  for (const char* part : {"rapl: ", "ina3221: ", "hwmon: ", "battery: "})
    EXPECT_THAT(meter.error().message, HasSubstr(part));
}

TEST(FindMeters, AutoTakesTheFirstAndNamesChooseAmongThem) {
  FakeSysfs fake("find_two");
  fake.PutZone("0", "package-0", 0);
  fake.PutRail(1, "VDD_IN", 5000, 1000);
  const Discovery discovery = FindMeters(fake.sysfs());
  const FakeClock clock;
  EXPECT_EQ(StartMeter(discovery, "auto", clock).value()->info().name, "rapl");
  EXPECT_EQ(StartMeter(discovery, "ina3221", clock).value()->info().name, "ina3221");
  const auto none = StartMeter(discovery, "battery", clock);
  EXPECT_EQ(none.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(none.error().message, HasSubstr("there is rapl, ina3221"));
}

}  // namespace
}  // namespace amsel
