#include "meter/sysfs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/fake_sysfs.h"

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(ParseInteger, TakesOneWholeNumberAndNothingElse) {
  EXPECT_EQ(ParseInteger("262143328850\n"), 262143328850);
  EXPECT_EQ(ParseInteger(" -12 \n"), -12);
  for (const char* garbage : {"", "\n", "12 34", "1.5", "0x10", "+1", "12uJ", "99999999999999999999", "--1"}) {
    EXPECT_FALSE(ParseInteger(garbage).has_value()) << garbage;
  }
}

TEST(ParseBusySeconds, CountsAllButIdleAndWaiting) {
  EXPECT_EQ(ParseBusySeconds("cpu  100 20 30 5000 600 7 8 35 40 50\ncpu0 1 2 3\n", 100), 2.0);
  for (const char* garbage :
       {"", "cpu", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7", "cpu 1 2 3 4 5 6 7 x", "cpu -1 2 3 4 5 6 7 8"}) {
    EXPECT_FALSE(ParseBusySeconds(garbage, 100).has_value()) << garbage;
  }
}

TEST(ParseOwnSeconds, IsNotMisledByTheNameOfTheProgram) {
  EXPECT_EQ(ParseOwnSeconds("7 (a) R 9 (b)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0", 100), 2.0);
  for (const char* garbage : {"", "7 (a", "7 (a) S 1 2 3 4 5 6 7 8 9 10 150", "7 (a) S 1 2 3 4 5 6 7 8 9 10 -1 50"}) {
    EXPECT_FALSE(ParseOwnSeconds(garbage, 100).has_value()) << garbage;
  }
}

TEST(Sysfs, SaysWhichFileCannotBeUsedAndWhy) {
  FakeSysfs fake("sysfs_errors");
  fake.Put("/sys/word", "VDD_IN of board \t");
  fake.Put("/sys/negative", -5);
  fake.Withhold("/sys/secret", EACCES);
  const Sysfs& sysfs = *fake.sysfs();
  EXPECT_EQ(sysfs.Word("/sys/word"), "VDD_IN of board");
  EXPECT_FALSE(sysfs.Word("/sys/absent").has_value());
  EXPECT_THAT(sysfs.Integer("/sys/absent").error().message, HasSubstr("/sys/absent: cannot be read: No such file"));
  EXPECT_THAT(sysfs.Integer("/sys/secret").error().message, HasSubstr("Permission denied"));
  EXPECT_THAT(sysfs.Integer("/sys/word").error().message, HasSubstr("expected a whole number, found \"VDD_IN of"));
  EXPECT_THAT(sysfs.Integer("/sys").error().message, HasSubstr("cannot be read"));  // a folder
  EXPECT_EQ(sysfs.Integer("/sys/negative").value(), -5);
  EXPECT_THAT(sysfs.Count("/sys/negative").error().message, HasSubstr("is negative (-5)"));
}

TEST(Sysfs, ListsByNumber) {
  FakeSysfs fake("sysfs_list");
  for (const char* name : {"hwmon10", "hwmon9", "hwmon1"})
    fake.Put(std::string("/sys/class/hwmon/") + name + "/name", "x");
  EXPECT_THAT(fake.sysfs()->List("/sys/class/hwmon"), testing::ElementsAre("hwmon1", "hwmon9", "hwmon10"));
  EXPECT_TRUE(fake.sysfs()->List("/sys/class/none").empty());
}

}  // namespace
}  // namespace amsel
