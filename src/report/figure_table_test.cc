#include "report/figure_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

std::string Csv(const std::string& kind, const std::string& data) {
  return TableToCsv(FigureTable({{"kind", kind}, {"data", *ParseJson(data, "data")}}));
}

TEST(FigureTable, HasThePointsOfAScatterWithTheIntervalsThatSomeHave) {
  EXPECT_EQ(Csv("scatter", R"({"x": {"label": "ms"}, "y": {"label": "top-1"}, "points": [
                               {"label": "a", "group": "g", "x": 1, "y": 0.25, "y_ci95": [0.125, 0.5]},
                               {"label": "b", "group": null, "x": 2, "y": 0.75}]})"),
            ",group,ms,top-1,\"top-1, 95 % low\",\"top-1, 95 % high\"\r\na,g,1,0.25,0.125,0.5\r\nb,,2,0.75,,\r\n");
}

TEST(FigureTable, HasARowForEachCategoryOfBars) {
  EXPECT_EQ(Csv("stacked-bars", R"({"value": {"label": "v"}, "categories": ["a", "b"], "series": [
                                    {"name": "s", "values": [1, null], "ci95": [[0, 2], null]}, {"name": "t", "values": [3, 4]}]})"),
            ",s,\"s, 95 % low\",\"s, 95 % high\",t\r\na,1,0,2,3\r\nb,,,,4\r\n");
}

TEST(FigureTable, HasARowForEachPointOfALine) {
  EXPECT_EQ(Csv("lines", R"({"x": {"label": "n"}, "y": {"label": "v"}, "series": [
                             {"name": "s", "points": [[1, 2]]}, {"name": "t", "points": [[1, 3]], "band95": [[2, 4]]}]})"),
            ",n,v,\"v, 95 % low\",\"v, 95 % high\"\r\ns,1,2,,\r\nt,1,3,2,4\r\n");
}

TEST(FigureTable, HasTheCellsOfAHeatmapTheBinsAndThePictures) {
  EXPECT_EQ(Csv("heatmap", R"({"value": {"label": "v"}, "x": {"label": "answer"}, "y": {"label": "class"},
                               "columns": ["a", "b"], "rows": ["c"], "values": [[1, null]]})"),
            "class \\ answer,a,b\r\nc,1,\r\n");
  EXPECT_EQ(
      Csv("reliability", R"({"series": [{"name": "s", "bins": [{"confidence": 0.5, "accuracy": 0.75, "count": 3}]}]})"),
      ",confidence,accuracy,95 % low,95 % high,images\r\ns,0.5,0.75,,,3\r\n");
  EXPECT_EQ(Csv("pictures", R"({"pictures": [{"src": "data:", "alt": "a cat", "caption": "c"}]})"),
            "picture,caption\r\na cat,c\r\n");
}

TEST(TableToCsv, LeavesNothingForSpreadsheetsToCompute) {
  EXPECT_EQ(Csv("table", R"json({"columns": [{"name": "=1+1"}, {"name": "-a"}],
                             "rows": [["@SUM(1)", "+1"], ["=HYPERLINK(\"x\")", "\t=1"], ["a=b", -2.5]]})json"),
            "'=1+1,'-a\r\n'@SUM(1),'+1\r\n\"'=HYPERLINK(\"\"x\"\")\",'\t=1\r\na=b,-2.5\r\n");
}

TEST(TableToCsv, QuotesWhatWouldBreakALineOrACell) {
  EXPECT_EQ(
      Csv("table",
          R"({"columns": [{"name": "a,b"}, {"name": "c"}], "rows": [["say \"no\"", "two\nlines"], ["plain", 0.1]]})"),
      "\"a,b\",c\r\n\"say \"\"no\"\"\",\"two\nlines\"\r\nplain,0.1\r\n");
}

}  // namespace
}  // namespace amsel
