#include "report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace amsel {
namespace {

using testing::HasSubstr;

Json Row(const std::string& name, const std::string& kind, double top1, double mean) {
  return {{"name", name},
          {"kind", kind},
          {"top1", top1},
          {"top1_ci95", {top1 - 0.01, top1 + 0.01}},
          {"top5", 1.0},
          {"macro_f1", nullptr},
          {"latency_ms", {{"mean", mean}, {"p50", mean}, {"p99", mean}, {"worst_path", mean}}},
          {"shares", {{name, 1.0}}}};
}

Json Example() {
  return {{"schema", "amsel.evaluation/1"},
          {"images", 100},
          {"folds", 10},
          {"single_best", "large"},
          {"efficient_single", "large"},
          {"conditions", {{"latency", "simulated"}}},
          {"rows", {Row("small", "single", 0.8, 1), Row("large", "single", 0.9, 4)}},
          {"headline",
           {{"policy", "p-right"},
            {"accuracy_gain_pp", 1.25},
            {"accuracy_gain_ci95_pp", {-0.5, 3.0}},
            {"speedup", 2.0},
            {"speedup_ci95", {1.9, 2.1}},
            {"ceiling", 4.0},
            {"headroom_recovered", nullptr},
            {"vs_efficient", nullptr}}}};
}

TEST(EvaluationTable, NamesTheSingleBestAndTheHeadlineWithItsInterval) {
  const std::string text = EvaluationTable(Example(), TableDetail::kShort);
  EXPECT_THAT(text, HasSubstr("large (single best)"));
  EXPECT_THAT(text, HasSubstr("100 images, 10-fold cross-validation; simulated"));
  EXPECT_THAT(text, HasSubstr("+1.25 points [-0.50, +3.00], 2.00x the speed [1.90, 2.10]"));
  EXPECT_THAT(text, HasSubstr("4.00x"));
}

TEST(EvaluationTable, SaysWhoIsMoreAccurateHereThanTheSingleBestThatWasChosenInTraining) {
  Json results = Example();
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), testing::Not(HasSubstr("chosen in training")));
  results["rows"].push_back(Row("other", "single", 0.925, 5));
  results["rows"].push_back(Row("other@hflip", "single", 0.95, 5));
  results["rows"].back()["derived"] = true;  // never a yardstick
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort),
              HasSubstr("(chosen in training; of these images other alone has 92.50 % right, large 90.00 %)\n"));
}

TEST(EvaluationTable, SaysWhoseHeadroomIsRecovered) {
  Json results = Example();
  results["headline"]["headroom_recovered"] = 0.25;
  results["headline"]["bound"] = "pooled oracle of p-right";
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort),
              HasSubstr("headroom recovered: 25.0 % (of that below the pooled oracle of p-right)"));
}

TEST(EvaluationTable, SaysWhatTheBestDerivedCandidateDoesAloneAndWhatThePolicyHasBeyondIt) {
  Json results = Example();
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), testing::Not(HasSubstr("derived")));
  Json row = Row("derived single", "derived-single", 0.895, 2);
  row["shares"] = {{"large-int8", 1.0}};
  results["rows"].push_back(row);
  results["headline"]["vs_derived"] = {{"row", "derived single"},
                                       {"accuracy_gain_pp", 1.75},
                                       {"accuracy_gain_ci95_pp", {0.5, 3.0}},
                                       {"speedup", 1.06},
                                       {"speedup_ci95", nullptr},
                                       {"alone",
                                        {{"accuracy_gain_pp", -0.5},
                                         {"accuracy_gain_ci95_pp", {-1.0, 0.0}},
                                         {"speedup", 1.88},
                                         {"speedup_ci95", {1.87, 1.89}}}}};
  const std::string text = EvaluationTable(results, TableDetail::kShort);
  EXPECT_THAT(text, HasSubstr("derived single (large-int8)"));
  EXPECT_THAT(text, HasSubstr("against the derived single, large-int8: +1.75 points [+0.50, +3.00], "
                              "1.06x the speed\n"));
  EXPECT_THAT(text, HasSubstr("large-int8 alone, against the single best: -0.50 points [-1.00, +0.00], "
                              "1.88x the speed [1.87, 1.89]\n"));
}

TEST(EvaluationTable, ShowsEnergyWithItsSourceAndMarksEstimates) {
  Json results = Example();
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), testing::Not(HasSubstr("energy")));
  results["rows"][0]["energy_mj"] = {{"mean", 12.3456}, {"source", "RAPL (package-0)"}};
  results["rows"][1]["energy_mj"] = nullptr;
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), HasSubstr("12.35"));
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), HasSubstr("energy, in all, an image: RAPL (package-0)\n"));
  results["rows"][1]["energy_mj"] = {{"mean", 5.0}, {"source", "estimate: time x 5 W"}};
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), HasSubstr(" ~5\n"));
}

TEST(EvaluationTable, FitsATerminalUnlessAllOfItIsAskedFor) {
  Json results = Example();
  results["rows"][0]["name"] = "pooled oracle of " + std::string(40, 'x');
  results["rows"][0]["energy_mj"] = {{"mean", 12.3456}, {"source", "RAPL (package-0)"}};
  results["rows"][1]["shares"] = {{"small", 0.6}, {"large", 0.4}};
  std::istringstream lines(EvaluationTable(results, TableDetail::kShort));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kTableColumns) << line;
  const std::string full = EvaluationTable(results, TableDetail::kFull);
  for (const char* part : {"top-5 %", "F1 %", "p50", "candidates that ran", "large 40%, small 60%"}) {
    EXPECT_THAT(full, HasSubstr(part));
    EXPECT_THAT(lines.str(), testing::Not(HasSubstr(part)));
  }
}

TEST(EvaluationTable, DoesWithoutAHeadline) {
  Json results = Example();
  results["headline"] = nullptr;
  EXPECT_THAT(EvaluationTable(results, TableDetail::kShort), HasSubstr("small"));
}

}  // namespace
}  // namespace amsel
