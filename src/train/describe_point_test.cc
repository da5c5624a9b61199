// What the manifest says of a point, worked out by hand on four images.
#include "train/describe_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "policy/premodel.h"
#include "tests/support/made_up_outcomes.h"
#include "tests/support/simulated_run.h"

namespace amsel {
namespace {

using testing::ElementsAre;

/// `large` (4 ms) is right on all but image 3, which counts for three; `small` takes 1 ms.
Outcomes FourImages() {
  Outcomes outcomes = MadeUpOutcomes(4, 2)
                          .Add("small", 1, [](std::size_t) { return 0; })
                          .Add("large", 4, [](std::size_t i) { return i < 3 ? 0 : 1; })
                          .made();
  outcomes.images[3].weight = 3;
  return outcomes;
}

LearnedPolicy Large() {
  PolicyCommon common;
  common.classes = 2;
  common.costs_ms = {1, 4};
  return {.policy = std::make_shared<SinglePolicy>(std::move(common), 1), .candidates = {0, 1}};
}

TEST(DescribePoint, TellsWhatWasDoneWithEachImageByItsWeight) {
  const Outcomes outcomes = FourImages();
  const std::vector<SimulatedRun> runs{Ran({0}, 0, 1.5), Ran({0, 1}, 0, 5.5), Ran({0, 1}, 1, 5.5), Ran({0}, 1, 1.5)};
  const ManifestPoint point = DescribePoint(outcomes, AllRows(outcomes), Large(), 0, runs, 1, {});
  EXPECT_EQ(point.name, "default");
  EXPECT_NEAR(point.top1, 2.0 / 6, 1e-12);
  EXPECT_NEAR(point.gain.value(), -1.0 / 6, 1e-12);              // `large` is right on image 2
  EXPECT_NEAR(point.gain_error, std::sqrt(4.0 / 3) / 6, 1e-12);  // residuals of 1, 1, −5 and 3 sixths
  EXPECT_NEAR(point.latency_ms, (1.5 + 5.5 + 5.5 + 3 * 1.5) / 6, 1e-12);
  EXPECT_EQ(point.latency_p99_ms, 5);  // of the recorded times, without deciding
  EXPECT_EQ(point.worst_path_ms, 4);   // by plan, of what the policy may do
  ASSERT_EQ(point.paths.size(), 2U);
  EXPECT_THAT(point.paths[0].sequence, ElementsAre("small"));
  EXPECT_NEAR(point.paths[0].share, 4.0 / 6, 1e-12);
  EXPECT_NEAR(point.paths[0].accuracy, 1.0 / 4, 1e-12);
  EXPECT_THAT(point.paths[1].sequence, ElementsAre("small", "large"));
  EXPECT_NEAR(point.paths[1].share, 2.0 / 6, 1e-12);
  EXPECT_NEAR(point.paths[1].accuracy, 1.0 / 2, 1e-12);
}

TEST(DescribePoint, GainIsByTheMeasureThatWasTrainedForAndAccuracyByTheFirstClass) {
  const Outcomes outcomes = FourImages();
  LearnOptions options;
  options.top = 5;
  const std::vector<SimulatedRun> runs(4, Ran({1}, 1, 4));  // second each time: among the first five
  const ManifestPoint point = DescribePoint(outcomes, AllRows(outcomes), Large(), 0, runs, 1, options);
  EXPECT_EQ(point.top1, 0);
  EXPECT_EQ(point.gain, 0);
  EXPECT_EQ(point.gain_error, 0);
}

TEST(DescribePoint, PathsOfImagesThatDoNotCountHaveNoAccuracy) {
  Outcomes outcomes = FourImages();
  outcomes.images[0].weight = 0;
  const std::vector<SimulatedRun> runs{Ran({0}, 0, 1), Ran({1}, 0, 4), Ran({1}, 0, 4), Ran({1}, 0, 4)};
  const ManifestPoint point = DescribePoint(outcomes, AllRows(outcomes), Large(), 0, runs, 1, {});
  ASSERT_EQ(point.paths.size(), 2U);
  EXPECT_NEAR(point.paths[0].share, 1, 1e-12);
  EXPECT_EQ(point.paths[0].accuracy, 1);
  EXPECT_THAT(point.paths[1].sequence, ElementsAre("small"));
  EXPECT_EQ(point.paths[1].share, 0);
  EXPECT_EQ(point.paths[1].accuracy, 0);
}

}  // namespace
}  // namespace amsel
