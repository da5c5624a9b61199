#include "evaluate/require.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;

const Json kResults = {
    {"headline",
     {{"policy", "staged balanced"},
      {"speedup", 2.0},
      {"speedup_ci95", {1.7, 2.3}},
      {"accuracy_gain_pp", 1.0},
      {"accuracy_gain_ci95_pp", {-0.5, 2.5}}}},
    {"rows",
     {{{"name", "a"}, {"top1", 0.5}, {"top1_ci95", {0.4, 0.6}}, {"latency_ms", {{"mean", 9.0}}}},
      {{"name", "staged balanced"}, {"top1", 0.8}, {"top1_ci95", {0.78, 0.82}}, {"latency_ms", {{"mean", 3.0}}}}}}};

bool Holds(const std::string& text) {
  const auto requirement = ParseRequirement(text);
  EXPECT_TRUE(requirement.ok()) << text;
  return CheckRequirements(kResults, {*requirement}).value().front().holds;
}

TEST(Require, ComparesTheEstimateOrTheEndOfTheInterval) {
  EXPECT_TRUE(Holds("accuracy>=single-best"));
  EXPECT_FALSE(Holds("accuracy>=single-best@95"));
  EXPECT_TRUE(Holds("accuracy>=0.8"));
  EXPECT_FALSE(Holds("accuracy>=0.8@95"));
  EXPECT_TRUE(Holds("accuracy>=0.78@95"));
  EXPECT_TRUE(Holds("speedup>=1.8"));
  EXPECT_FALSE(Holds("speedup>=1.8@95"));
  EXPECT_TRUE(Holds("latency_ms<=3"));
  EXPECT_FALSE(Holds("latency_ms<=2.9"));
}

TEST(Require, WithoutAnIntervalNothingIsSureAndEstimatesCount) {
  Json results = kResults;
  results["rows"][1]["top1_ci95"] = nullptr;
  results["headline"]["accuracy_gain_ci95_pp"] = nullptr;
  const auto holds = [&](const char* text) {
    return CheckRequirements(results, {ParseRequirement(text).value()}).value().front().holds;
  };
  EXPECT_TRUE(holds("accuracy>=0.8"));
  EXPECT_FALSE(holds("accuracy>=0.1@95"));
  EXPECT_TRUE(holds("accuracy>=single-best"));
  EXPECT_FALSE(holds("accuracy>=single-best@95"));
}

TEST(Require, RefusesWhatItCannotRead) {
  for (const char* text : {"", "accuracy", "accuracy>0.8", "accuracy>=", "accuracy>=best", "colour>=1", "speedup>=1x",
                           "latency_ms<=3@95", "speedup>=single-best"}) {
    const auto requirement = ParseRequirement(text);
    ASSERT_FALSE(requirement.ok()) << text;
    EXPECT_THAT(requirement.error().message, HasSubstr("expected accuracy, speedup or latency_ms"));
  }
}

TEST(Require, NeedsAPolicy) {
  Json results = kResults;
  results["headline"] = nullptr;
  EXPECT_FALSE(CheckRequirements(results, {ParseRequirement("accuracy>=0.1").value()}).ok());
}

}  // namespace
}  // namespace amsel
