#include "runtime/governor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>

#include "base/clock.h"
#include "base/random.h"

namespace amsel {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Time = OperatingLimits::Time;

constexpr std::array<double, 3> kPlannedMs{1, 3, 10};
constexpr std::array<double, 3> kMillijoules{2, 6, 20};

std::vector<PlannedInference> Planned() {
  std::vector<PlannedInference> planned;
  for (const double ms : kPlannedMs) planned.push_back({ms, ms});
  return planned;
}

ManifestPoint Point(const std::string& name, double top1, std::vector<PathEntry> paths) {
  ManifestPoint point;
  point.name = name;
  point.top1 = top1;
  point.paths = std::move(paths);
  for (const PathEntry& path : point.paths) {
    for (const std::string& c : path.sequence)
      point.latency_ms += path.share * kPlannedMs[static_cast<std::size_t>(c[0] - 'a')];
  }
  ManifestCertificate certificate;
  certificate.outcome = ClaimOutcome::kHolds;
  point.certificates.push_back(certificate);
  return point;
}

/// Candidates a, b and c of 1, 3 and 10 ms; points of 1, 2.2 and 6.8 ms.
Manifest ThreePoints() {
  Manifest manifest;
  for (std::size_t c = 0; c < kPlannedMs.size(); ++c) {
    ManifestCandidate candidate;
    candidate.name = std::string(1, static_cast<char>('a' + c));
    candidate.preprocess_key = "same";
    DnnCost cost;
    cost.inference_ms = kPlannedMs[c];
    cost.energy_mj = kMillijoules[c];
    candidate.costs.push_back(cost);
    manifest.candidates.push_back(candidate);
  }
  manifest.operating_points = {
      Point("balanced", 0.86, {{{"a"}, 0.6, 0.9}, {{"a", "b"}, 0.4, 0.8}}), Point("fast", 0.80, {{{"a"}, 1, 0.8}}),
      Point("accurate", 0.90, {{{"a"}, 0.4, 0.9}, {{"a", "b"}, 0.2, 0.9}, {{"a", "b", "c"}, 0.4, 0.9}})};
  return manifest;
}

/// A device that answers one image after another; how slow each candidate is depends on the time.
class Device {
 public:
  using Slowness = std::function<double(std::size_t candidate, nanoseconds now)>;

  explicit Device(GovernorOptions options, const Manifest& manifest = ThreePoints())
      : manifest_(manifest), governor_(*PointsToGovern(manifest, options), options, Planned(), "balanced") {}

  Slowness slowness = [](std::size_t, nanoseconds) { return 1.0; };
  bool meter = false;

  struct Stretch {
    double mean_ms = 0;
    double watts = 0;
    std::map<std::string, double> shares;  ///< point → share of the images
  };

  /// Answers for as long as `length`, the images without a pause.
  Stretch Run(nanoseconds length) {
    const nanoseconds end = now_ + length;
    Stretch stretch;
    double images = 0;
    double energy_mj = 0;
    nanoseconds told = now_;
    double energy_then = 0;
    while (now_ < end) {
      const Answer answer = AnswerOne(energy_mj);
      now_ += answer.total;
      ++images;
      stretch.mean_ms += Milliseconds(answer.total);
      ++stretch.shares[answer.operating_point];
      governor_.Observe(now_, answer);
      if (meter && now_ - told > milliseconds(500)) {
        governor_.ObserveWatts(now_, kIdleWatts + (energy_mj - energy_then) / Milliseconds(now_ - told));
        told = now_;
        energy_then = energy_mj;
      }
    }
    stretch.watts = kIdleWatts + energy_mj / Milliseconds(length);
    stretch.mean_ms /= images;
    for (auto& [name, share] : stretch.shares) share /= images;
    return stretch;
  }

  const Governor::Core& governor() const { return governor_; }
  nanoseconds now() const { return now_; }

 private:
  static constexpr double kIdleWatts = 1;

  Answer AnswerOne(double& energy_mj) {
    const auto point = std::find_if(manifest_.operating_points.begin(), manifest_.operating_points.end(),
                                    [&](const auto& one) { return one.name == governor_.point().name; });
    Answer answer;
    answer.operating_point = point->name;
    double draw = random_.Uniform();
    for (const PathEntry& path : point->paths) {
      draw -= path.share;
      if (draw > 0) continue;
      for (const std::string& name : path.sequence) {
        const auto c = static_cast<std::size_t>(name[0] - 'a');
        const double ms = kPlannedMs[c] * slowness(c, now_) * (0.8 + 0.4 * random_.Uniform());
        CandidateRun run;
        run.candidate = static_cast<CandidateId>(c);
        run.inference = std::chrono::duration_cast<nanoseconds>(Time(ms));
        answer.total += run.inference;
        answer.runs.push_back(run);
        energy_mj += kMillijoules[c] * slowness(c, now_) * duty_;
      }
      break;
    }
    return answer;
  }

  Manifest manifest_;
  Governor::Core governor_;
  Random random_{7};
  nanoseconds now_{0};
  double duty_ = 1;
};

GovernorOptions MeanLatency(double ms) {
  GovernorOptions options;
  options.mean_latency = Time(ms);
  return options;
}

TEST(Governor, TakesTheMostAccuratePointThatKeepsTheTarget) {
  const std::map<double, std::string> kPoints{{1.5, "fast"}, {4, "balanced"}, {9, "accurate"}};
  for (const auto& [target, expected] : kPoints) {
    Device device(MeanLatency(target));
    device.Run(seconds(10));
    const Device::Stretch after = device.Run(seconds(60));
    EXPECT_EQ(after.shares.size(), 1) << target;
    EXPECT_EQ(after.shares.begin()->first, expected);
    EXPECT_LE(after.mean_ms, target);
    EXPECT_LE(device.governor().moves(), 1);
    EXPECT_FALSE(device.governor().overloaded());
  }
}

TEST(Governor, FramesASecondAreATimePerImage) {
  GovernorOptions options;
  options.frames_per_second = 250;
  Device device(options);
  EXPECT_EQ(device.Run(seconds(60)).shares.begin()->first, "balanced");
}

TEST(Governor, GivesWayToAStepOfLoadAndComesBack) {
  Device device(MeanLatency(4));
  device.slowness = [](std::size_t, nanoseconds now) { return now > seconds(20) && now < seconds(40) ? 3.0 : 1.0; };
  EXPECT_EQ(device.Run(seconds(20)).shares["balanced"], 1);
  device.Run(seconds(1));  // it learns
  const Device::Stretch loaded = device.Run(seconds(18));
  EXPECT_EQ(loaded.shares.begin()->first, "fast");
  EXPECT_EQ(loaded.shares.size(), 1);
  EXPECT_LE(loaded.mean_ms, 4);
  device.Run(seconds(5));
  EXPECT_EQ(device.Run(seconds(60)).shares["balanced"], 1);
  EXPECT_EQ(device.governor().moves(), 2);
}

TEST(Governor, AvoidsTheCandidateThatBecameSlowAndTriesItAgainLater) {
  Device device(MeanLatency(5.5));
  device.slowness = [](std::size_t c, nanoseconds now) {
    return c == 1 && now > seconds(10) && now < seconds(60) ? 6.0 : 1.0;
  };
  EXPECT_EQ(device.Run(seconds(10)).shares["balanced"], 1);  // 2.2 ms; `accurate` takes 6.8
  device.Run(seconds(2));
  const Device::Stretch slow = device.Run(seconds(20));  // `balanced` would take 8.2
  EXPECT_GT(slow.shares.at("fast"), 0.8);
  EXPECT_LE(slow.mean_ms, 5.5);
  device.Run(seconds(200));
  EXPECT_EQ(device.Run(seconds(60)).shares["balanced"], 1);
}

TEST(Governor, ASlowCandidateCostsOnlyThePointsThatRunIt) {
  Device device(MeanLatency(7.8));
  device.slowness = [](std::size_t c, nanoseconds now) { return c == 2 && now > seconds(30) ? 3.0 : 1.0; };
  device.Run(seconds(10));
  EXPECT_EQ(device.Run(seconds(20)).shares["accurate"], 1);
  device.Run(seconds(2));
  const Device::Stretch slow = device.Run(seconds(20));  // `accurate` would take 14.8, `balanced` is as fast as ever
  EXPECT_GT(slow.shares.at("balanced"), 0.8);
  EXPECT_EQ(slow.shares.count("fast"), 0);
  EXPECT_LE(slow.mean_ms, 7.8);
}

TEST(Governor, NeverGoesBelowTheStatedAccuracy) {
  GovernorOptions options = MeanLatency(4);
  options.min_accuracy = 0.85;
  Device device(options);
  device.slowness = [](std::size_t, nanoseconds) { return 5.0; };
  const Device::Stretch stretch = device.Run(seconds(60));
  EXPECT_EQ(stretch.shares.count("fast"), 0);
  EXPECT_EQ(stretch.shares.at("balanced"), 1);
  EXPECT_TRUE(device.governor().overloaded());
}

TEST(Governor, EntersNoSaverUnaskedAndNoPointTwice) {
  Manifest manifest = ThreePoints();
  manifest.operating_points[1].name = "saver-1";
  manifest.operating_points.push_back(manifest.operating_points[0]);
  manifest.operating_points.back().name = "steady";
  manifest.operating_points.back().same_as = "balanced";
  GovernorOptions options = MeanLatency(1.5);
  EXPECT_EQ(PointsToGovern(manifest, options)->size(), 2);
  Device device(options, manifest);
  EXPECT_EQ(device.Run(seconds(20)).shares.count("saver-1"), 0);
  options.savers = true;
  Device asked(options, manifest);
  EXPECT_GT(asked.Run(seconds(20)).shares["saver-1"], 0.9);
}

TEST(Governor, LeavesRoomBeforeItRises) {
  Device device(MeanLatency(7));  // `accurate` would take 6.8: too near
  EXPECT_EQ(device.Run(seconds(100)).shares["balanced"], 1);
  EXPECT_EQ(device.governor().moves(), 0);
}

TEST(Governor, MovesEverMoreSeldomWhereATargetCannotBeJudged) {
  Device device(MeanLatency(5));
  // Fast whenever it looks from below, slow whenever it has moved up: as a device that throttles under load.
  device.slowness = [&](std::size_t, nanoseconds) { return device.governor().point().name == "balanced" ? 2.8 : 1.0; };
  device.Run(seconds(300));
  EXPECT_LE(device.governor().moves(), 16);
  EXPECT_GE(device.governor().moves(), 4);
}

TEST(Governor, HoldsWattsByTheMeter) {
  GovernorOptions options;
  options.watts = 2.5;  // 1 W at rest; candidates take 2 W while they run
  Device device(options);
  device.meter = true;
  device.Run(seconds(10));
  EXPECT_TRUE(device.governor().overloaded()) << "every point keeps the device busy at 3 W";
  EXPECT_EQ(device.Run(seconds(60)).shares.at("fast"), 1);
}

TEST(Governor, WattsWithinTheTargetLetItRise) {
  GovernorOptions options;
  options.watts = 12;
  Device device(options);
  device.meter = true;
  device.Run(seconds(30));
  EXPECT_EQ(device.Run(seconds(60)).shares.at("accurate"), 1);
}

TEST(Governor, DegradedAnswersAndLoadingTeachNothing) {
  const GovernorOptions options = MeanLatency(4);
  Governor::Core governor(*PointsToGovern(ThreePoints(), options), options, Planned(), "balanced");
  Answer answer;
  answer.operating_point = "balanced";
  answer.total = seconds(1);
  answer.runs = {{0, seconds(1), {}, milliseconds(1)}};
  Answer degraded = answer;
  degraded.degraded = true;
  degraded.runs[0] = {0, {}, {}, seconds(1)};
  for (int i = 1; i <= 100; ++i) {
    governor.Observe(seconds(i), answer);
    governor.Observe(seconds(i), degraded);
  }
  EXPECT_EQ(governor.moves(), 0);
  EXPECT_FALSE(governor.overloaded());
}

TEST(Governor, WhatRunsAfterAnotherCandidateIsHeldAgainstWhatItIsPlannedToTakeThere) {
  const GovernorOptions options = MeanLatency(100);
  Manifest manifest = ThreePoints();
  for (ManifestCandidate& candidate : manifest.candidates) {
    candidate.costs.front().inference_after_ms = 2 * candidate.costs.front().inference_ms;
  }
  manifest.operating_points.pop_back();  // it stays at balanced, the most accurate then
  std::vector<PlannedInference> planned = Planned();
  for (PlannedInference& one : planned) one.after_ms = 2 * one.alone_ms;
  Governor::Core governor(*PointsToGovern(manifest, options), options, planned, "balanced");
  Answer answer;
  answer.operating_point = "balanced";
  answer.runs = {{0, {}, {}, milliseconds(2)}, {1, {}, {}, milliseconds(6)}};
  answer.total = std::chrono::microseconds(3800);  // as balanced plans: its images are no harder
  for (int i = 1; i <= 1000; ++i) governor.Observe(seconds(i), answer);
  EXPECT_NEAR(governor.PredictedMs((*PointsToGovern(manifest, options)).back(), seconds(1000)), 1, 1e-9);
}

TEST(Governor, AMoveThatIsRefusedIsTakenBackAndNotTriedAgain) {
  GovernorOptions options;
  options.mean_latency = Time(2);
  Governor::Core core(*PointsToGovern(ThreePoints(), options), options, Planned(), "balanced");
  Answer answer;
  answer.runs = {{0, {}, {}, milliseconds(1)}};
  answer.total = milliseconds(1);
  nanoseconds now{0};
  for (int n = 0; n < 100 && core.moves() == 0; ++n) {
    answer.operating_point = core.point().name;
    core.Observe(now += milliseconds(1), answer);
  }
  EXPECT_EQ(core.point().name, "fast");
  core.Refused("balanced");
  EXPECT_EQ(core.point().name, "balanced");
  EXPECT_EQ(core.moves(), 0U);
  for (int n = 0; n < 100; ++n) {
    answer.operating_point = core.point().name;
    core.Observe(now += milliseconds(1), answer);
    EXPECT_EQ(core.point().name, "balanced");
  }
  EXPECT_TRUE(core.overloaded());
}

TEST(Governor, RefusesWhatCannotBeHeld) {
  const auto refusal = [](GovernorOptions options, Manifest manifest = ThreePoints()) {
    const auto points = PointsToGovern(manifest, options);
    return points.ok() ? "" : points.error().message;
  };
  EXPECT_THAT(refusal({}), HasSubstr("needs a target"));
  EXPECT_THAT(refusal(MeanLatency(0)), HasSubstr("positive"));
  GovernorOptions options = MeanLatency(4);
  options.hysteresis = 1;  // nothing could ever leave so much room
  EXPECT_THAT(refusal(options), HasSubstr("hysteresis"));
  options = MeanLatency(4);
  options.forget = {};
  EXPECT_THAT(refusal(options), HasSubstr("forget"));
  options = MeanLatency(4);
  options.dwell = -std::chrono::seconds(1);
  EXPECT_THAT(refusal(options), HasSubstr("dwell"));
  options = MeanLatency(4);
  options.min_accuracy = 0.95;
  EXPECT_THAT(refusal(options), HasSubstr("0.95"));
  Manifest uncertified = ThreePoints();
  for (ManifestPoint& point : uncertified.operating_points) point.certificates.clear();
  EXPECT_THAT(refusal(MeanLatency(4), uncertified), HasSubstr("certificate"));
  options = MeanLatency(4);
  options.certified_only = false;
  EXPECT_EQ(refusal(options, uncertified), "");
}

TEST(PlannedLoad, CountsPreprocessingOnceForCandidatesThatShareIt) {
  Manifest manifest = ThreePoints();
  for (ManifestCandidate& candidate : manifest.candidates) candidate.costs[0].preprocess_ms = 0.5;
  manifest.candidates[2].preprocess_key = "another";
  ManifestPoint& point = manifest.operating_points[2];
  point.latency_ms = 8;
  const PlannedLoad load = LoadOf(manifest, point);
  EXPECT_DOUBLE_EQ(load.candidate_ms[0], 1.5);
  EXPECT_DOUBLE_EQ(load.candidate_ms[1], 1.8);
  EXPECT_DOUBLE_EQ(load.candidate_ms[2], 4.2);
  EXPECT_NEAR(load.rest_ms, 0.5, 1e-12);
}

}  // namespace
}  // namespace amsel
