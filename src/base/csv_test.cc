#include "base/csv.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

using Fields = std::vector<std::string>;

TEST(ParseCsv, ReadsQuotesCommasAndBothLineEnds) {
  const auto rows = ParseCsv("\xEF\xBB\xBFpath,label\r\n\"a,\"\"b\"\"\nc\",1\nd,", "f.csv");
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].fields, (Fields{"path", "label"}));
  EXPECT_EQ((*rows)[1].fields, (Fields{"a,\"b\"\nc", "1"}));
  EXPECT_EQ((*rows)[2].fields, (Fields{"d", ""}));
  EXPECT_EQ((*rows)[2].line, 4);
}

TEST(ParseCsv, NamesTheLineOfAFault) {
  EXPECT_EQ(ParseCsv("a\n\"b\nc", "f").error().message, "f: line 2: a quoted field does not end");
  EXPECT_EQ(ParseCsv("\"a\"b", "f").error().message,
            "f: line 1: expected a comma or the end of the line after a quoted field");
  EXPECT_FALSE(ParseCsv(std::string_view("a\0b", 3), "f").ok());
  EXPECT_EQ(ParseCsv("a\nb\rc", "f").error().message,
            "f: line 2: does not end as the first line does, which ends in LF or CRLF");
  EXPECT_EQ(ParseCsv("a\rb\nc", "f").error().message,
            "f: line 2: does not end as the first line does, which ends in CR alone");
  EXPECT_EQ(ParseCsv("a;b\tc\n", "f").error().message,
            "f: line 1: has semicolons and tabs; cannot tell which separate fields");
}

TEST(ParseCsv, ReadsLinesThatEndInCrAlone) {
  const auto rows = ParseCsv("a,b\rc,\"d\re\"\rf,g\r", "f");
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[1].fields, (Fields{"c", "d\re"}));
  EXPECT_EQ((*rows)[2].line, 4);
}

TEST(ParseCsv, ReadsSemicolonsAndTabsWhereTheFirstLineHasNoComma) {
  EXPECT_EQ(ParseCsv("a;\"b,c\"\n1,5;\"2;3\"\n", "f")->at(1).fields, (Fields{"1,5", "2;3"}));
  EXPECT_EQ(ParseCsv("a\tb\nc d\te\n", "f")->at(1).fields, (Fields{"c d", "e"}));
  EXPECT_EQ(ParseCsv("a,b\nc;d,e\n", "f")->at(1).fields, (Fields{"c;d", "e"}));
}

/// As UTF-16 with a byte-order mark.
std::string Utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  const auto put = [&](char16_t unit) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  };
  put(u'\xFEFF');
  for (const char16_t unit : text) put(unit);
  return bytes;
}

TEST(ParseCsv, ReadsUtf16WithAByteOrderMark) {
  for (const bool big_endian : {false, true}) {
    const auto rows = ParseCsv(Utf16(u"path\tlabel\r\nStra\u00dfe \u65e5 \U0001F600.png\t1\r\n", big_endian), "f");
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    EXPECT_EQ((*rows)[1].fields, (Fields{"Stra\xC3\x9F"
                                         "e \xE6\x97\xA5 \xF0\x9F\x98\x80.png",
                                         "1"}));
  }
  std::string cut = Utf16(u"ab", false);
  cut.pop_back();
  EXPECT_EQ(ParseCsv(cut, "f").error().message, "f: is UTF-16 that is broken at byte 4");
  EXPECT_FALSE(ParseCsv(std::string("\xFF\xFE\x00\xD8z\x00", 6), "f").ok());  // half of a pair
  EXPECT_EQ(ParseCsv(std::string_view("a\0,\0b\0", 6), "f").error().message,
            "f: line 1: holds a NUL byte (UTF-16 is read with a byte-order mark only)");
}

TEST(ParseCsv, AnEmptyLineIsARowWithOneEmptyField) {
  EXPECT_EQ(ParseCsv("a\n\nb\n", "f")->at(1).fields, Fields{""});
  EXPECT_TRUE(ParseCsv("", "f")->empty());
}

}  // namespace
}  // namespace amsel
