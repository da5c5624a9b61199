#include "report/figure_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;

std::string Complaint(const std::string& kind, const std::string& data) {
  const Json figure = {{"id", "f"}, {"title", "F"}, {"kind", kind}, {"data", *ParseJson(data, "data")}};
  JsonReader reader(figure, "r.json");
  CheckFigure(reader);
  return reader.status().ok() ? "" : reader.status().error().message;
}

TEST(CheckFigure, TakesTheLeastThatEachKindNeeds) {
  const std::string axes = R"("x": {"label": "x"}, "y": {"label": "y"})";
  EXPECT_EQ(Complaint("scatter", "{" + axes + R"(, "points": [{"label": "a", "x": 1, "y": 2}]})"), "");
  EXPECT_EQ(Complaint("lines", "{" + axes + R"(, "series": [{"name": "a", "points": [[1, 2], [3, 4]]}]})"), "");
  for (const char* kind : {"bars", "stacked-bars", "dots"}) {
    EXPECT_EQ(
        Complaint(kind,
                  R"({"value": {"label": "v"}, "categories": ["c"], "series": [{"name": "a", "values": [null]}]})"),
        "");
  }
  EXPECT_EQ(Complaint("heatmap", R"({"value": {"label": "v"}, )" + axes +
                                     R"(, "columns": ["a", "b"], "rows": ["c"], "values": [[1, null]]})"),
            "");
  EXPECT_EQ(Complaint("reliability",
                      R"({"series": [{"name": "a", "bins": [{"confidence": 0.5, "accuracy": 1, "count": 3}]}]})"),
            "");
  EXPECT_EQ(Complaint("pictures", R"({"pictures": [{"src": "data:image/png;base64,iVBORw0KGgo=", "alt": "a"}]})"), "");
  EXPECT_EQ(Complaint("table", R"({"columns": [{"name": "a"}], "rows": [["x"], [1], [null]]})"), "");
}

struct Fault {
  const char* kind;
  const char* data;
  const char* field;
};

class CheckFigureFaults : public testing::TestWithParam<Fault> {};

TEST_P(CheckFigureFaults, AreNamed) {
  EXPECT_THAT(Complaint(GetParam().kind, GetParam().data), HasSubstr(std::string("field `") + GetParam().field + "`"));
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckFigureFaults,
    testing::Values(
        Fault{"pie", "{}", "kind"}, Fault{"scatter", "{}", "data.x"},
        Fault{"scatter", R"({"x": {"label": "x", "scale": "cubic"}})", "data.x.scale"},
        Fault{"scatter", R"({"x": {"label": "x", "format": "roman"}})", "data.x.format"},
        Fault{"scatter", R"({"x": {"label": "x"}, "y": {"label": "y"}, "points": [{"label": "a", "x": "1", "y": 2}]})",
              "data.points[0].x"},
        Fault{
            "scatter",
            R"({"x": {"label": "x"}, "y": {"label": "y"}, "points": [{"label": "a", "x": 1, "y": 2, "y_ci95": [1]}]})",
            "data.points[0].y_ci95"},
        Fault{"scatter", R"({"x": {"label": "x"}, "y": {"label": "y"}, "points": [], "front": [[1, 2], [3]]})",
              "data.front"},
        Fault{"scatter", R"({"x": {"label": "x"}, "y": {"label": "y"}, "points": [], "rules": [{"axis": "z"}]})",
              "data.rules[0].axis"},
        Fault{"scatter", R"({"x": {"label": "x"}, "y": {"label": "y"}, "points": [], "focus": {"x": [0, 1]}})",
              "data.focus.y"},
        Fault{"bars",
              R"({"value": {"label": "v"}, "categories": ["a", "b"], "series": [{"name": "s", "values": [1]}]})",
              "data.series[0].values"},
        Fault{
            "bars",
            R"({"value": {"label": "v"}, "categories": ["a"], "series": [{"name": "s", "values": [1], "ci95": [1]}]})",
            "data.series[0].ci95"},
        Fault{"lines", R"({"x": {"label": "x"}, "y": {"label": "y"}, "series": [{"name": "s", "points": [[1]]}]})",
              "data.series[0].points"},
        Fault{
            "lines",
            R"({"x": {"label": "x"}, "y": {"label": "y"}, "series": [{"name": "s", "points": [[1, 2]], "band95": []}]})",
            "data.series[0].band95"},
        Fault{
            "heatmap",
            R"({"value": {"label": "v"}, "x": {"label": "x"}, "y": {"label": "y"}, "columns": ["a"], "rows": ["b"], "values": []})",
            "data.values"},
        Fault{
            "heatmap",
            R"({"value": {"label": "v"}, "x": {"label": "x"}, "y": {"label": "y"}, "columns": ["a"], "rows": ["b"], "values": [[1, 2]]})",
            "data.values"},
        Fault{"reliability", R"({"series": [{"name": "s", "bins": [{"confidence": 1.5, "accuracy": 1, "count": 1}]}]})",
              "data.series[0].bins[0].confidence"},
        Fault{"pictures", R"({"pictures": [{"src": "https://example.org/a.png", "alt": "a"}]})",
              "data.pictures[0].src"},
        Fault{"pictures", R"({"pictures": [{"src": "data:image/svg+xml;base64,AAAA", "alt": "a"}]})",
              "data.pictures[0].src"},
        Fault{"pictures", R"({"pictures": [{"src": "data:image/png;base64,\"><b>", "alt": "a"}]})",
              "data.pictures[0].src"},
        Fault{"table", R"({"columns": [{"name": "a"}], "rows": [["x", "y"]]})", "data.rows"},
        Fault{"table", R"({"columns": [{"name": "a"}], "rows": [[[]]]})", "data.rows"}));

}  // namespace
}  // namespace amsel
