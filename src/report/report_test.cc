#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "report/rows.h"

namespace amsel {
namespace {

using testing::HasSubstr;
using testing::Not;

Json ReadResults(const std::string& name) {
  return *ParseJson(*ReadFile(AMSEL_TEST_DATA "/results/" + name), name);
}

const Json& FigureOf(const Json& report, const std::string& id) {
  for (const Json& section : report.at("sections")) {
    for (const Json& figure : section.at("figures")) {
      if (figure.at("id") == id) return figure;
    }
  }
  static const Json none;
  return none;
}

TEST(ParetoFront, HasWhatCouldBeDeployedAndNoOtherRowBeats) {
  std::vector<std::string> names;
  const Json results = ReadResults("every_kind.json");
  for (const Json* row : ParetoFront(results.at("rows"))) names.push_back(row->at("name"));
  EXPECT_THAT(names, testing::ElementsAre("tiny", "</script><script>alert('name')</script>", "textbook balanced",
                                          "staged balanced"));
}

TEST(MakeReport, PutsEveryRowOnThePlaneWithItsIntervalAndItsPart) {
  const Json results = ReadResults("every_kind.json");
  const Json report = *MakeReport(results, "r.json");
  const Json plane = FigureOf(report, "plane").at("data");
  ASSERT_EQ(plane.at("points").size(), results.at("rows").size());
  EXPECT_EQ(plane.at("points")[0].at("group"), "policies");
  EXPECT_EQ(plane.at("points").back().at("group"), "others");
  EXPECT_EQ(plane.at("points")[0].at("y_ci95"), results.at("rows")[8].at("top1_ci95"));
  EXPECT_EQ(plane.at("front").size(), 4U);
  std::set<std::string> groups;
  for (const Json& point : plane.at("points")) groups.insert(point.at("group"));
  EXPECT_THAT(groups, testing::IsSupersetOf({"textbook", "derived single", "adapted derived single"}));
  EXPECT_EQ(plane.at("rules")[1].at("value"), 1.0);  // the ceiling: the cheapest single
}

TEST(MakeReport, LooksCloserWhereSinglesLieFarBelow) {
  const Json far = *MakeReport(ReadResults("conditions.json"), "r.json");
  ASSERT_TRUE(FigureOf(far, "plane").at("data").contains("focus"));
  EXPECT_GT(FigureOf(far, "plane").at("data").at("focus").at("y")[0].get<double>(), 0.6);
  EXPECT_FALSE(FigureOf(*MakeReport(ReadResults("clocked.json"), "r.json"), "plane").at("data").contains("focus"));
}

TEST(MakeReport, LeavesOutSharesOfSinglesAndTheHeadlineWhereThereIsNone) {
  Json results = ReadResults("every_kind.json");
  EXPECT_EQ(FigureOf(*MakeReport(results, "r.json"), "shares").at("data").at("categories").size(), 8U);
  results["headline"] = nullptr;
  for (Json& row : results["rows"]) row.erase("shares");
  const Json report = *MakeReport(results, "r.json");
  EXPECT_TRUE(FigureOf(report, "shares").is_null());
  EXPECT_TRUE(FigureOf(report, "comparisons").is_null());
  EXPECT_TRUE(report.at("headline").is_null());
}

TEST(MakeReport, OrdersCandidatesByCost) {
  Json results = ReadResults("clocked.json");
  const auto names = [&] {
    std::vector<std::string> found;
    const Json figure = FigureOf(*MakeReport(results, "r.json"), "shares");
    for (const Json& series : figure.at("data").at("series")) {
      found.push_back(series.at("name"));
    }
    return found;
  };
  const std::vector<std::string> before = names();
  ASSERT_GT(before.size(), 1U);
  for (Json& row : results["rows"]) {
    if (row.at("name") == before.front()) row["latency_ms"]["mean"] = 1e6;
  }
  const std::vector<std::string> after = names();
  EXPECT_EQ(after.back(), before.front());
  EXPECT_EQ(after.front(), before[1]);
}

TEST(MakeReport, NamesWhatWasEvaluatedOnce) {
  Json results = ReadResults("clocked.json");
  for (const auto& [path, title] : {std::pair{"bundle", "Evaluation of the bundle"},
                                    {"out/bundle", "Evaluation of out/bundle"},
                                    {"fast.b", "Evaluation of the bundle fast.b"}}) {
    results["source"] = {{"bundle", path}};
    EXPECT_EQ(MakeReport(results, "r.json")->at("title"), title);
  }
}

TEST(MakeReport, AddsTheSectionsOfAStudyAndItsOwnFiguresEachWithATable) {
  const Json report = *MakeReport(ReadResults("every_kind.json"), "r.json");
  EXPECT_EQ(report.at("sections").back().at("id"), "more");
  for (const char* id : {"plane", "confusion", "importance", "learning-curve", "worst-cases", "a-table"}) {
    EXPECT_FALSE(FigureOf(report, id).at("table").at("rows").empty()) << id;
  }
}

TEST(MakeReport, ShowsEnergyOnlyWhereItWasMeasured) {
  Json results = ReadResults("every_kind.json");
  const std::size_t columns = FigureOf(*MakeReport(results, "r.json"), "rows").at("table").at("columns").size();
  results["rows"][1]["energy_mj"] = {{"mean", 12.5}, {"source", "made up"}};
  const Json report = *MakeReport(results, "r.json");
  const Json& table = FigureOf(report, "rows").at("table");
  ASSERT_EQ(table.at("columns").size(), columns + 1);
  std::size_t energy = 0;
  while (table.at("columns")[energy].at("name") != "energy, mJ") ++energy;
  EXPECT_TRUE(table.at("rows")[0][energy].is_null());
  EXPECT_EQ(table.at("rows")[1][energy], 12.5);
}

TEST(ReportPage, ReadsNothingOfTheResultsAsMarkup) {
  const Json report = *MakeReport(ReadResults("every_kind.json"), "r.json");
  const std::string page = ReportPage(report, "</pre><script>alert(2)</script>");
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script\\u003e"));
  EXPECT_THAT(page, HasSubstr("&lt;/pre&gt;&lt;script&gt;alert(2)"));
}

TEST(ReportPage, LeavesPlaceholdersInNamesAlone) {
  Json results = ReadResults("clocked.json");
  results["source"] = {{"bundle", "{{script}}"}};
  EXPECT_THAT(ReportPage(*MakeReport(results, "r.json"), ""), HasSubstr("<title>Evaluation of the bundle {{script}}"));
}

TEST(ReportPage, ForbidsToFetchAndNamesTheLicencesOfWhatItHolds) {
  const std::string page = ReportPage(*MakeReport(ReadResults("clocked.json"), "r.json"), "");
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(page, HasSubstr("copyright 2010-2023 Mike Bostock"));
  EXPECT_THAT(page, HasSubstr("Observable, Inc."));
}

TEST(WriteReportTables, WritesAFileForEachFigure) {
  const std::string folder = testing::TempDir() + "report_tables/deep";
  std::filesystem::remove_all(folder);
  const Json report = *MakeReport(ReadResults("clocked.json"), "r.json");
  EXPECT_EQ(*WriteReportTables(report, folder), 5);
  EXPECT_THAT(*ReadFile(folder + "/rows.csv"), HasSubstr("staged balanced,0.9355,"));
}

TEST(Report, DrawsNoMoreCandidatesThanABundleHas) {
  Json results = ReadResults("clocked.json");
  Json& row = results["rows"].back();
  row["kind"] = "staged";
  row["shares"] = Json::object();
  for (int c = 0; c < 300; ++c) row["shares"]["c" + std::to_string(c)] = c < 10 ? 1.0 : 0.1;
  const Json report = MakeReport(results, "r.json").value();
  std::set<std::string> drawn;
  const Json series = FigureOf(report, "shares").at("data").at("series");
  for (const Json& one : series) drawn.insert(one.at("name").get<std::string>());
  EXPECT_EQ(drawn.size(), 64U);
  for (int c = 0; c < 10; ++c) EXPECT_TRUE(drawn.contains("c" + std::to_string(c))) << c;
}

}  // namespace
}  // namespace amsel
