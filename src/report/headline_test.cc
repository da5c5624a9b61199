#include "report/headline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json Row(const std::string& name, double top1, double mean) {
  return {{"name", name}, {"kind", "single"}, {"top1", top1}, {"latency_ms", {{"mean", mean}, {"p99", 2 * mean}}}};
}

Json Example(double gain_low, double gain_high, double speed_low, double speed_high) {
  return {{"single_best", "best"},
          {"rows", {Row("best", 0.75, 8), Row("policy", 0.8, 4), Row("oracle", 0.85, 2)}},
          {"headline",
           {{"policy", "policy"},
            {"accuracy_gain_pp", (gain_low + gain_high) / 2},
            {"accuracy_gain_ci95_pp", {gain_low, gain_high}},
            {"speedup", (speed_low + speed_high) / 2},
            {"speedup_ci95", {speed_low, speed_high}},
            {"ceiling", 4.0},
            {"bound", "oracle"},
            {"headroom_recovered", 0.5},
            {"vs_efficient", nullptr}}}};
}

std::string Text(const Json& headline) {
  std::string text;
  for (const Json& sentence : headline.at("sentences")) text += sentence.get<std::string>() + "\n";
  return text;
}

TEST(HeadlineInWords, ClaimsOnlyWhatTheIntervalsLeaveNoDoubtOf) {
  EXPECT_THAT(Text(HeadlineInWords(Example(4, 6, 1.9, 2.1))),
              AllOf(HasSubstr("it is 5.00 points more accurate"), HasSubstr("and 2.00 times as fast")));
  EXPECT_THAT(Text(HeadlineInWords(Example(-6, -4, 0.4, 0.6))),
              AllOf(HasSubstr("it is 5.00 points less accurate"), HasSubstr("and slower, at 0.50 times the speed")));
  EXPECT_THAT(Text(HeadlineInWords(Example(-1, 2, 0.9, 1.2))),
              AllOf(HasSubstr("not shown to differ in accuracy (+0.50 points"),
                    HasSubstr("not shown to differ in speed"), Not(HasSubstr("more accurate"))));
}

TEST(HeadlineInWords, ClaimsNothingWithoutIntervals) {
  Json results = Example(4, 6, 1.9, 2.1);
  results["headline"].erase("accuracy_gain_ci95_pp");
  results["headline"]["speedup_ci95"] = nullptr;
  EXPECT_THAT(Text(HeadlineInWords(results)),
              AllOf(HasSubstr("not shown to differ in accuracy"), HasSubstr("not shown to differ in speed"),
                    HasSubstr("no interval")));
}

TEST(HeadlineInWords, HasTilesForGainSpeedHeadroomAndTail) {
  const Json tiles = HeadlineInWords(Example(4, 6, 1.9, 2.1)).at("tiles");
  ASSERT_EQ(tiles.size(), 4U);
  EXPECT_EQ(tiles[0].at("value"), "+5.00");
  EXPECT_DOUBLE_EQ(tiles[0].at("gauge").at("end").get<double>(), 10);  // what the oracle has over the single best
  EXPECT_THAT(tiles[1].at("note").get<std::string>(), HasSubstr("ceiling 4.00×"));
  EXPECT_EQ(tiles[2].at("value"), "50.0");
  EXPECT_THAT(tiles[3].at("note").get<std::string>(), HasSubstr("the single best: 16.00"));
}

TEST(HeadlineInWords, SaysWhatHeadroomIsAndWhyItIsBelowZero) {
  Json results = Example(-6, -4, 1.9, 2.1);
  results["headline"]["headroom_recovered"] = -0.023;
  const Json tile = HeadlineInWords(results).at("tiles")[2];
  EXPECT_EQ(tile.at("value"), "−2.3");
  EXPECT_THAT(tile.at("note").get<std::string>(), AllOf(HasSubstr("to the oracle, which knows the right answers"),
                                                        HasSubstr("below 0, since fewer answers")));
}

TEST(HeadlineInWords, TellsTheLoadOfAMachineThatClocked) {
  Json results = Example(4, 6, 1.9, 2.1);
  EXPECT_THAT(Text(HeadlineInWords(results)), Not(HasSubstr("load")));
  results["conditions"] = {{"load_average", 4.77}};
  EXPECT_THAT(Text(HeadlineInWords(results)), HasSubstr("load before this was clocked: 4.77, so others were at work"));
  results["conditions"] = {{"load_average", 0.12}};
  EXPECT_THAT(Text(HeadlineInWords(results)), HasSubstr("0.12, so it was quiet"));
}

TEST(HeadlineInWords, SaysWhereManyRunsWereDisturbedAndWhatBecameOfThem) {
  Json results = Example(4, 6, 1.9, 2.1);
  results["conditions"]["disturbed_runs"] = 0.1;
  EXPECT_THAT(Text(HeadlineInWords(results)), Not(HasSubstr("disturbed")));
  results["conditions"]["disturbed_runs"] = 0.25;
  EXPECT_THAT(Text(HeadlineInWords(results)),
              HasSubstr("25 % of the timed runs were disturbed by other programs: trust ratios, not times."));
  results["source"] = {{"profile", "p.db"}};
  EXPECT_THAT(Text(HeadlineInWords(results)), HasSubstr("by other programs; they are left out of the times."));
}

TEST(HeadlineInWords, NamesTheColdPairBesideTheWarmOne) {
  Json results = Example(4, 6, 1.9, 2.1);
  EXPECT_THAT(Text(HeadlineInWords(results)), Not(HasSubstr("cold caches")));
  results["headline"]["cold"] = {{"speedup", 1.75}, {"speedup_ci95", {1.7, 1.8}}};
  EXPECT_THAT(Text(HeadlineInWords(results)), AllOf(HasSubstr("cold caches"), HasSubstr("1.75 times as fast")));
}

TEST(HeadlineInWords, TellsWhatTheBestDerivedCandidateDoesAloneFromWhatSelectingAdds) {
  Json results = Example(4, 6, 1.9, 2.1);
  Json compared = results["headline"];
  compared["row"] = "derived single";
  EXPECT_THAT(Text(HeadlineInWords(results)), Not(HasSubstr("derived")));
  results["headline"]["vs_derived"] = compared;
  EXPECT_THAT(Text(HeadlineInWords(results)), HasSubstr("Against the derived single, it is 5.00 points"));
  results["headline"]["vs_derived"]["alone"] = {{"accuracy_gain_pp", -0.52},
                                                {"accuracy_gain_ci95_pp", {-1.2, 0.1}},
                                                {"speedup", 1.88},
                                                {"speedup_ci95", {1.87, 1.89}}};
  Json row = Row("derived single", 0.745, 4.2);
  row["shares"] = {{"best-int8", 1.0}};
  results["rows"].push_back(row);
  EXPECT_THAT(Text(HeadlineInWords(results)),
              AllOf(HasSubstr("The derived single, best-int8: −0.52 points against the single best"),
                    HasSubstr("at 1.88 times its speed")));
  const Json rows = ComparisonTable(results).at("rows");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][0], "derived single");
  EXPECT_EQ(rows[1][1], "best-int8");
}

TEST(HeadlineInWords, IsNullWithoutAHeadline) {
  EXPECT_TRUE(HeadlineInWords({{"headline", nullptr}}).is_null());
  EXPECT_TRUE(ComparisonTable(Json::object()).is_null());
}

TEST(ComparisonTable, HasARowForEachYardstickThatIsAnother) {
  Json results = Example(4, 6, 1.9, 2.1);
  Json compared = results["headline"];
  compared["row"] = "best";
  results["headline"]["vs_efficient"] = compared;
  EXPECT_EQ(ComparisonTable(results).at("rows").size(), 1U);
  results["headline"]["vs_efficient"]["row"] = "cheap";
  results["headline"]["vs_adapted"] = compared;
  const Json rows = ComparisonTable(results).at("rows");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1][1], "cheap");
  EXPECT_EQ(rows[2][0], "best adapted single");
}

}  // namespace
}  // namespace amsel
