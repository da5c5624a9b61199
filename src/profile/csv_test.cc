#include "profile/csv.h"

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
  EXPECT_FALSE(ParseCsv("a\rb", "f").ok());
}

TEST(ParseCsv, AnEmptyLineIsARowWithOneEmptyField) {
  EXPECT_EQ(ParseCsv("a\n\nb\n", "f")->at(1).fields, Fields{""});
  EXPECT_TRUE(ParseCsv("", "f")->empty());
}

}  // namespace
}  // namespace amsel
