#include "base/text_table.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(FormatTable, PadsByCharactersNotBytes) {
  EXPECT_EQ(FormatTable({"", "ms"}, {{"é", "1"}, {"ab", "10"}}), "    ms\né    1\nab  10\n");
}

TEST(FormatTable, AlignsTheLastOfManyColumnsLeft) {
  EXPECT_EQ(FormatTable({"", "ms", "paths"}, {{"fast", "1", "a"}, {"b", "10", "long one"}}),
            "      ms  paths\nfast   1  a\nb     10  long one\n");
}

}  // namespace
}  // namespace amsel
