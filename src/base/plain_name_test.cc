#include "base/plain_name.h"

#include <gtest/gtest.h>

#include <string>

namespace amsel {
namespace {

using std::string_literals::operator""s;

TEST(PlainName, NamesOneThingInAFolder) {
  for (const std::string& name : {"resnet20"s, "resnet20@hflip"s, "..."s, ".hidden"s, "a b"s, "caf\xC3\xA9"s,
                                  "red\x1B[31m"s, std::string(240, 'a')}) {
    EXPECT_TRUE(IsPlainName(name)) << name;
  }
}

TEST(PlainName, LeadsNowhere) {
  for (const std::string& name : {""s, "."s, ".."s, "../x"s, "/x"s, "a/b"s, "a/"s, "a\\b"s, "a\nb"s, "a\rb"s, "a\0b"s,
                                  "\xE9t\xE9"s, std::string(241, 'a')}) {
    EXPECT_FALSE(IsPlainName(name)) << name;
  }
}

TEST(PlainName, PathsOfPlainNamesStayInTheirFolder) {
  for (const std::string& path : {"a"s, "a/b.txt"s, "candidates/resnet20/1/model.onnx"s}) {
    EXPECT_TRUE(IsPlainPath(path)) << path;
  }
  for (const std::string& path : {""s, "/a"s, "a/"s, "a//b"s, "../a"s, "a/../../b"s, "./a"s, "a\nb"s}) {
    EXPECT_FALSE(IsPlainPath(path)) << path;
  }
}

}  // namespace
}  // namespace amsel
