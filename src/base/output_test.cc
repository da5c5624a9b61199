#include "base/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace amsel {
namespace {

TEST(Visible, WritesOutWhatATerminalWouldObey) {
  EXPECT_EQ(Visible("a\x1b[2Jb"), "a\\u001b[2Jb");
  EXPECT_EQ(Visible("new\nline\ttab\rback"), "new\\nline\\ttab\\rback");
  EXPECT_EQ(Visible("\xC2\x9B"
                    "31m\x7F"),
            "\\u009b31m\\u007f");
  EXPECT_EQ(Visible("gpj.\xE2\x80\xAE"
                    "exe"),
            "gpj.\\u202eexe");
  EXPECT_EQ(Visible(std::string_view("a\0b", 3)), "a\\u0000b");
}

TEST(Visible, LeavesLettersOfAllLanguagesAndBackslashes) {
  const std::string text = "Straße 日本.png \\ e\xCC\x81 \xF0\x9F\x90\xA6";
  EXPECT_EQ(Visible(text), text);
}

TEST(Visible, WritesOutBytesThatAreNoUtf8) {
  EXPECT_EQ(Visible("caf\xE9.png"), "caf\\xe9.png");
  EXPECT_EQ(Visible("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(Visible("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Visible("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(Visible("\xE6\x97"), "\\xe6\\x97");  // cut off
  EXPECT_EQ(Visible("\x9B"), "\\x9b");
}

TEST(Utf8, KeepsNamesApartThatAreNoUtf8) {
  EXPECT_EQ(Utf8("\xFF\xFE.jpg"), "\\xff\\xfe.jpg");
  EXPECT_NE(Utf8("\xFF\xFE.jpg"), Utf8("\xFF\xFD.jpg"));
  EXPECT_EQ(Utf8("日本\x1b\n\t\\.jpg"), "日本\x1b\n\t\\.jpg");
}

TEST(VisibleLines, KeepsLineEndsAndLeavesJsonTheSameJson) {
  EXPECT_EQ(VisibleLines("a\nb\x1b"), "a\nb\\u001b");
  const nlohmann::json json{{"label", "\x7F\xC2\x9B\x1b\n\t日本"}};
  EXPECT_EQ(nlohmann::json::parse(VisibleLines(json.dump(2))), json);
}

}  // namespace
}  // namespace amsel
