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

TEST(FormatTable, PutsNamesThatDoNotFitOnLinesOfTheirOwn) {
  const std::string name(60, 'n');
  const std::string cell(50, 'c');
  EXPECT_EQ(FormatTable({"", "cell"}, {{name, cell}, {"short", "1"}}), std::string(53, ' ') + "cell\n" + name + "\n" +
                                                                           std::string(7, ' ') + cell + "\nshort" +
                                                                           std::string(51, ' ') + "1\n");
  EXPECT_EQ(FormatTable({"", "cell"}, {{name, cell}}, TableDetail::kFull),
            std::string(108, ' ') + "cell\n" + name + "  " + cell + "\n");
}

TEST(FormatTable, AlignsNumbersRightInTheLastColumnToo) {
  EXPECT_EQ(FormatTable({"", "ms", "speed"}, {{"a", "1", "1.00x"}, {"b", "1", "12.00x"}}),
            "   ms   speed\na   1   1.00x\nb   1  12.00x\n");
}

TEST(Counted, KnowsOne) {
  EXPECT_EQ(Counted(1, "image"), "1 image");
  EXPECT_EQ(Counted(0, "image"), "0 images");
}

TEST(MsText, HasTheDigitsThatMeanSomething) {
  EXPECT_EQ(MsText(0.05312), "0.0531");
  EXPECT_EQ(MsText(6.2273), "6.227");
  EXPECT_EQ(MsText(62.2733), "62.27");
  EXPECT_EQ(MsText(584.249), "584.2");
  EXPECT_EQ(MsText(1280.4), "1280");
}

}  // namespace
}  // namespace amsel
