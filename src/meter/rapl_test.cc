#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "meter/find_meters.h"
#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kRange = 262143328850;

Discovery FoundRapl(const FakeSysfs& fake) {
  Discovery discovery;
  FindRapl(fake.sysfs(), discovery);
  return discovery;
}

/// A laptop: a package with core, uncore and memory, and psys around it all.
void PutLaptop(FakeSysfs& fake) {
  fake.PutZone("0", "package-0", 1'000'000);
  fake.PutZone("0:0", "core", 500'000);
  fake.PutZone("0:1", "uncore", 100'000);
  fake.PutZone("0:2", "dram", 2'000'000);
  fake.PutZone("1", "psys", 9'000'000);
  fake.Put("/sys/class/powercap/intel-rapl-mmio:0/name", "package-0");
  fake.Put("/sys/class/powercap/intel-rapl-mmio:0/energy_uj", 1'000'000);
  fake.Put("/sys/class/powercap/intel-rapl/enabled", 1);
}

TEST(Rapl, CountsPackageAndMemoryOnceAndNoSubZones) {
  FakeSysfs fake("rapl_zones");
  PutLaptop(fake);
  const Discovery discovery = FoundRapl(fake);
  ASSERT_EQ(discovery.found.size(), 1U);
  EXPECT_EQ(discovery.found[0].info.source, "RAPL (package-0, package-0/dram)");
  const FakeClock clock;
  const auto meter = discovery.found[0].start(clock).value();
  EXPECT_EQ(meter->Joules().value(), 0);
  for (const char* zone : {"0", "0:0", "0:1", "0:2", "1"}) fake.Put(FakeSysfs::Energy(zone), 10'000'000);
  EXPECT_DOUBLE_EQ(meter->Joules().value(), 9 + 8);
  EXPECT_DOUBLE_EQ(meter->Joules().value(), 9 + 8);  // nothing since
}

TEST(Rapl, SumsPackagesAndFindsZonesThatOnlyTheOuterFolderLists) {
  FakeSysfs fake("rapl_sockets");
  fake.PutZone("0", "package-0", 0);
  fake.PutZone("1", "package-1", 0);
  fake.PutZone("1/intel-rapl:1:0", "dram", 0);
  const Discovery discovery = FoundRapl(fake);
  EXPECT_EQ(discovery.found.at(0).info.source, "RAPL (package-0, package-1, package-1/dram)");
  const FakeClock clock;
  const auto meter = discovery.found[0].start(clock).value();
  fake.Put(FakeSysfs::Energy("0"), 1'000'000);
  fake.Put(FakeSysfs::Energy("1/intel-rapl:1:0"), 2'000'000);
  EXPECT_DOUBLE_EQ(meter->Joules().value(), 3);
}

TEST(Rapl, WrapsAroundAtItsRangeAsOftenAsItIsRead) {
  FakeSysfs fake("rapl_wrap");
  fake.PutZone("0", "package-0", kRange - 1'000'000);
  const FakeClock clock;
  const auto meter = FoundRapl(fake).found.at(0).start(clock).value();
  fake.Put(FakeSysfs::Energy("0"), 2'000'000);
  EXPECT_DOUBLE_EQ(meter->Joules().value(), 3);
  fake.Put(FakeSysfs::Energy("0"), kRange - 5'000'000);
  EXPECT_NEAR(meter->Joules().value(), 3 + static_cast<double>(kRange) * 1e-6 - 7, 1e-6);
  fake.Put(FakeSysfs::Energy("0"), 1'000'000);
  EXPECT_NEAR(meter->Joules().value(), static_cast<double>(kRange) * 1e-6 + 2, 1e-6);
}

TEST(Rapl, ACounterThatGoesBackWithoutARangeIsAFaultThatStays) {
  FakeSysfs fake("rapl_back");
  fake.PutZone("0", "package-0", 5'000'000);
  fake.Put("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "soon");
  const FakeClock clock;
  const auto meter = FoundRapl(fake).found.at(0).start(clock).value();
  fake.Put(FakeSysfs::Energy("0"), 1'000'000);
  EXPECT_THAT(meter->Joules().error().message, HasSubstr("went back, and not by wrapping around"));
  fake.Put(FakeSysfs::Energy("0"), 9'000'000);
  EXPECT_FALSE(meter->Joules().ok());
}

TEST(Rapl, ReadingsThatCannotBeAreFaults) {
  for (const char* reading : {"", "12 34", "-7", "nan", "1e9"}) {
    FakeSysfs fake("rapl_garbage");
    fake.PutZone("0", "package-0", 5);
    const FakeClock clock;
    const auto meter = FoundRapl(fake).found.at(0).start(clock).value();
    fake.Put(FakeSysfs::Energy("0"), reading);
    EXPECT_THAT(meter->Joules().error().message, HasSubstr("intel-rapl:0/energy_uj")) << reading;
    EXPECT_TRUE(FoundRapl(fake).found.empty()) << reading;
  }
}

TEST(Rapl, AZoneThatVanishesIsAFault) {
  FakeSysfs fake("rapl_vanishes");
  PutLaptop(fake);
  const FakeClock clock;
  const auto meter = FoundRapl(fake).found.at(0).start(clock).value();
  fake.Remove("/sys/class/powercap/intel-rapl:0:2");
  EXPECT_THAT(meter->Joules().error().message, HasSubstr("intel-rapl:0:2/energy_uj: cannot be read: No such file"));
}

TEST(Rapl, SaysHowToGivePermission) {
  FakeSysfs fake("rapl_denied");
  PutLaptop(fake);
  fake.Withhold(FakeSysfs::Energy("0:2"), EACCES);
  const Discovery discovery = FoundRapl(fake);
  EXPECT_TRUE(discovery.found.empty());
  EXPECT_THAT(discovery.missing.at(0).why, HasSubstr("energy_uj: cannot be read: Permission denied"));
  EXPECT_THAT(discovery.missing.at(0).why, HasSubstr("run amsel as root, or allow reading"));
}

TEST(Rapl, SaysThatThereIsNone) {
  const FakeSysfs fake("rapl_none");
  const Discovery discovery = FoundRapl(fake);
  EXPECT_TRUE(discovery.found.empty());
  EXPECT_THAT(discovery.missing.at(0).why, HasSubstr("/sys/class/powercap has no intel-rapl package"));
}

}  // namespace
}  // namespace amsel
