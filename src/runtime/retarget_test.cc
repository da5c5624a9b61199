#include "runtime/retarget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "amsel/engine.h"
#include "base/device.h"
#include "policy/staged.h"
#include "runtime/operating_point.h"
#include "runtime/placement.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Three trees: `small` alone (3 ms), `small` and for three of ten `large` (6 ms), `large` alone (11 ms).
StagedPlan ThreeTrees(const std::vector<int>& roots) {
  StagedPlan plan;
  plan.slots = {{{TwoCandidates::kSmall}, -1}, {{TwoCandidates::kLarge}, -1}};
  plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}, {{{1, HeadMap::Kind::kScalar, {1}}}, {}}};
  plan.nodes = {{0, 0, 0.8F, {}}, {0, 0, 0.9F, {{0.9F, 2, 0.9F}}}, {1, 1, 0.9F, {}}, {1, 1, 0.9F, {}}};
  for (const int tree : roots) plan.roots.push_back(std::vector{0, 1, 3}[static_cast<std::size_t>(tree)]);
  return plan;
}

constexpr double kTop1[] = {0.80, 0.91, 0.90};
constexpr double kMs[] = {3, 6, 11};
const std::vector<std::string> kNames{"balanced", "fast", "accurate", "steady", "saver-1"};

ManifestPoint PointOf(const std::string& name, int tree) {
  ManifestPoint point;
  point.name = name;
  point.top1 = kTop1[tree];
  point.gain = kTop1[tree] - 0.90;
  point.gain_error = tree == 2 ? 0 : 0.005;
  point.latency_ms = kMs[tree];
  point.latency_p50_ms = std::vector{3, 5, 11}[static_cast<std::size_t>(tree)];
  point.latency_p99_ms = std::vector{3, 20, 12}[static_cast<std::size_t>(tree)];  // of single images, which spread
  if (tree == 0) point.paths = {{{"small"}, 1, 0.8}};
  if (tree == 1) point.paths = {{{"small"}, 0.7, 0.9}, {{"small", "large"}, 0.3, 0.8}};
  if (tree == 2) point.paths = {{{"large"}, 1, 0.9}};
  ManifestCertificate certificate;
  certificate.outcome = ClaimOutcome::kHolds;
  certificate.claim = 0.7;
  point.certificates.push_back(certificate);
  return point;
}

/// `trees[n]` is the tree of the point kNames[n].
std::function<void(BundleContents&)> Points(const std::vector<int>& trees) {
  return [trees](BundleContents& contents) {
    static std::vector<std::unique_ptr<StagedPolicy>> kept;  // must outlive the writing
    std::vector<std::string> names(kNames.begin(), kNames.begin() + static_cast<std::ptrdiff_t>(trees.size()));
    kept.push_back(std::make_unique<StagedPolicy>(PolicyCommon{2, {1, 4}, {1, 0}, {}, names}, ThreeTrees(trees)));
    contents.policy = kept.back().get();
    Manifest& manifest = contents.manifest;
    manifest.policy_kind = "staged";
    manifest.features.clear();
    manifest.features_ms = 0;
    manifest.training_images = 10000;
    manifest.operating_points.clear();
    for (std::size_t n = 0; n < trees.size(); ++n) {
      manifest.operating_points.push_back(PointOf(names[n], trees[n]));
    }
    for (ManifestCandidate& candidate : manifest.candidates) candidate.costs[0].device = DeviceName();
  };
}

class RetargetTest : public testing::Test {
 protected:
  RetargetTest() {
    std::filesystem::remove_all(out_);
    Answer("small", {2, 0}, 2);
    Answer("large", {0, 2}, 10);
  }

  /// What the candidate answers from now on, in whichever bundle, and how long it takes.
  void Answer(const std::string& name, const std::vector<float>& logits, int milliseconds) {
    const auto run = [=, this](std::span<const std::byte>, int, std::vector<float>& output) {
      world_.clock.Advance(std::chrono::milliseconds(milliseconds));
      output = logits;
      return Status();
    };
    world_.Replace(name, run);
    world_.backend.Add(name, FakeBackend::Describe("input", 3, 2, "logits", 2), run);
  }

  Result<RetargetReport> Run() {
    TuneOptions options;
    options.backends = {&world_.backend};
    options.threads = {1, 2};
    options.time = std::chrono::milliseconds(200);
    options.progress = [this](std::size_t done, std::size_t total) { progress_ = {done, total}; };
    return Retarget(Bundle::Open(world_.path()).value(), options, world_.clock, out_);
  }

  /// Point → its single path's or first path's candidates, and planned mean.
  const ManifestPoint& PointNamed(const Manifest& manifest, const std::string& name) {
    for (const ManifestPoint& point : manifest.operating_points) {
      if (point.name == name) return point;
    }
    ADD_FAILURE() << "no point " << name;
    return manifest.operating_points.front();
  }

  std::string name_ = std::string("retarget_test_") + testing::UnitTest::GetInstance()->current_test_info()->name();
  TwoCandidates world_{name_, Points({1, 1, 1, 2, 0})};
  std::string out_ = testing::TempDir() + name_ + "_out";
  std::pair<std::size_t, std::size_t> progress_;
};

TEST_F(RetargetTest, OnAnEqualDeviceNothingMovesAndTheFiguresAreThoseOfThePlan) {
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->conforms());
  EXPECT_EQ(progress_, (std::pair<std::size_t, std::size_t>(4, 4)));
  const Bundle bundle = Bundle::Open(out_).value();
  const Manifest& manifest = bundle.manifest();
  for (const auto& [name, tree] :
       std::map<std::string, int>{{"balanced", 1}, {"fast", 1}, {"accurate", 1}, {"steady", 2}, {"saver-1", 0}}) {
    const ManifestPoint& point = PointNamed(manifest, name);
    EXPECT_NEAR(point.latency_ms, kMs[tree], 1e-9) << name;
    EXPECT_EQ(point.top1, kTop1[tree]) << name;
  }
  EXPECT_NEAR(PointNamed(manifest, "balanced").latency_p50_ms, 5, 1e-9);
  EXPECT_NEAR(PointNamed(manifest, "balanced").latency_p99_ms, 20, 1e-9);
  EXPECT_NEAR(PointNamed(manifest, "balanced").worst_path_ms, 13, 1e-9);
  EXPECT_THAT(bundle.policy().operating_points(), Contains("pareto-2"));  // all three trees
  EXPECT_EQ(PointNamed(manifest, "balanced").same_as, "");
  EXPECT_EQ(PointNamed(manifest, "fast").same_as, "balanced");
  EXPECT_EQ(PointNamed(manifest, "pareto-2").same_as, "steady");
}

TEST_F(RetargetTest, WhatWasMeasuredHereIsThePlanAndWhatWasProfiledStays) {
  Answer("small", {2, 0}, 5);
  ASSERT_TRUE(Run().ok());
  const Bundle bundle = Bundle::Open(out_).value();
  const std::vector<DnnCost>& costs = bundle.manifest().candidates[TwoCandidates::kSmall].costs;
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_EQ(costs[0].inference_ms, 5);
  EXPECT_EQ(costs[0].inference_p99_ms, 5);
  EXPECT_EQ(costs[0].backend, "fake");
  EXPECT_EQ(costs[0].provider, "cpu");
  EXPECT_EQ(costs[0].threads, 1);  // two are no faster
  EXPECT_EQ(costs[0].device, DeviceName());
  EXPECT_EQ(costs[0].preprocess_ms, TwoCandidates::kPreprocessMs);
  ASSERT_TRUE(costs[0].conformance.has_value());
  EXPECT_TRUE(costs[0].conformance->holds);
  EXPECT_EQ(costs[0].conformance->tensors, 1);
  EXPECT_EQ(costs[1].inference_ms, 2);
  EXPECT_FALSE(costs[1].conformance.has_value());
  EXPECT_TRUE(bundle.VerifyAllFiles().ok());
  // `small` alone takes 6 ms instead of 3, and so do half and nearly all of its images.
  EXPECT_NEAR(PointNamed(bundle.manifest(), "saver-1").latency_p50_ms, 6, 1e-9);
  EXPECT_NEAR(PointNamed(bundle.manifest(), "saver-1").latency_p99_ms, 6, 1e-9);
}

TEST_F(RetargetTest, WhatRunsAfterAnotherCandidateIsPlannedAsItWasMeasuredThere) {
  std::string last;
  for (const auto& [name, ms] : {std::pair("small", 2), std::pair("large", 10)}) {
    const auto run = [&, name = std::string(name), ms = ms](std::span<const std::byte>, int, std::vector<float>& out) {
      world_.clock.Advance(std::chrono::milliseconds(ms + (last == name ? 0 : 3)));
      last = name;
      out = name == "small" ? std::vector<float>{2, 0} : std::vector<float>{0, 2};
      return Status();
    };
    world_.Replace(name, run);
    world_.backend.Add(name, FakeBackend::Describe("input", 3, 2, "logits", 2), run);
  }
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_GT(report->runs, 0U);
  EXPECT_EQ(report->disturbed, 0U);
  const Manifest manifest = Bundle::Open(out_).value().manifest();
  const DnnCost& large = manifest.candidates[TwoCandidates::kLarge].costs.front();
  EXPECT_EQ(large.inference_ms, 10);
  EXPECT_NEAR(large.inference_after_ms.value(), 13, 1e-9);
  // Input once. Seven of ten run `small` alone, warm; three of ten `large`, too, and each after the other.
  EXPECT_NEAR(PointNamed(manifest, "fast").latency_ms, 1 + 0.7 * 2 + 0.3 * (5 + 13), 1e-9);
  EXPECT_NEAR(PointNamed(manifest, "fast").worst_path_ms, 1 + 5 + 13, 1e-9);
}

TEST_F(RetargetTest, ASlowedCandidateMovesThePointsThatNoLongerKeepTheirPromise) {
  Answer("small", {2, 0}, 6);  // three times as slow: balanced must be within 11 / 1.8 = 6.1 ms
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.error().message;
  const Manifest manifest = Bundle::Open(out_).value().manifest();
  EXPECT_EQ(PointNamed(manifest, "balanced").top1, kTop1[1]);  // none keeps it: `fast`, but no saver
  EXPECT_NEAR(PointNamed(manifest, "balanced").latency_ms, 10, 1e-9);
  EXPECT_EQ(PointNamed(manifest, "accurate").top1, kTop1[1]);  // 10 ms is still within 11
  EXPECT_EQ(PointNamed(manifest, "fast").top1, kTop1[1]);
  EXPECT_NEAR(PointNamed(manifest, "saver-1").latency_ms, 7, 1e-9);
  // The engine answers as the point says: by `small` alone.
  EngineOptions options;
  options.operating_point = "saver-1";
  auto engine = Engine::Open(out_, world_.backend, options);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const Image image{4, 4, std::vector<std::uint8_t>(48, 'x')};
  Answer("small", {0.1F, 0}, 6);  // so unsure that another point would go on
  EXPECT_EQ(engine->Run(image)->runs.size(), 1U);
  ASSERT_TRUE(engine->SetOperatingPoint("accurate").ok());
  EXPECT_EQ(engine->Run(image)->runs.size(), 2U);
}

TEST_F(RetargetTest, WhereNothingAsGoodIsFasterTheNamesGoToTheSingleBest) {
  Answer("small", {2, 0}, 9);  // so that both together take longer than `large` alone
  ASSERT_TRUE(Run().ok());
  const Manifest manifest = Bundle::Open(out_).value().manifest();
  for (const char* name : {"balanced", "fast", "accurate", "steady"}) {
    EXPECT_EQ(PointNamed(manifest, name).top1, kTop1[2]) << name;
    EXPECT_NEAR(PointNamed(manifest, name).latency_ms, 11, 1e-9) << name;
  }
}

TEST_F(RetargetTest, ASlowedSingleBestLeavesWhatStillHolds) {
  Answer("large", {0, 2}, 30);
  ASSERT_TRUE(Run().ok());
  const Manifest manifest = Bundle::Open(out_).value().manifest();
  EXPECT_EQ(PointNamed(manifest, "balanced").top1, kTop1[1]);
  EXPECT_NEAR(PointNamed(manifest, "balanced").latency_ms, 12, 1e-9);
}

TEST_F(RetargetTest, RetargetingAgainReplacesWhatWasMeasuredAndBringsThePointsBack) {
  Answer("small", {2, 0}, 6);
  ASSERT_TRUE(Run().ok());
  Answer("small", {2, 0}, 2);
  TuneOptions options;
  options.backends = {&world_.backend};
  const std::string again = out_ + "_again";
  const auto report = Retarget(Bundle::Open(out_).value(), options, world_.clock, again);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->after.candidates[TwoCandidates::kSmall].costs.size(), 2U);
  EXPECT_EQ(report->after.candidates[TwoCandidates::kSmall].costs[0].inference_ms, 2);
  EXPECT_NEAR(PointNamed(report->after, "balanced").latency_ms, 6, 1e-9);
  EXPECT_NEAR(PointNamed(report->after, "saver-1").latency_ms, 3, 1e-9);
}

TEST_F(RetargetTest, WhatAnswersOtherwiseIsNotCertifiedAndSaysSo) {
  Answer("large", {1, 2}, 10);
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->conforms());
  EXPECT_THAT(report->uncertified, ElementsAre("balanced", "fast", "accurate", "steady"));
  const Bundle bundle = Bundle::Open(out_).value();
  EXPECT_FALSE(bundle.manifest().candidates[TwoCandidates::kLarge].costs[0].conformance->holds);
  auto engine = Engine::Open(out_, world_.backend);
  const Image image{4, 4, std::vector<std::uint8_t>(48, 'x')};
  world_.backend.Add("large", FakeBackend::Describe("input", 3, 2, "logits", 2),
                     [](auto, int, auto&) { return Status(); });
  for (const char* point : {"balanced", "saver-1"}) {
    ASSERT_TRUE(engine->SetOperatingPoint(point).ok());
    const bool holds = std::string(point) == "saver-1";  // which never runs `large`
    EXPECT_EQ(engine->operating_point().certificates.empty(), !holds);
  }
}

TEST_F(RetargetTest, ACandidateThatRunsInNoWayIsAnErrorAndWritesNothing) {
  world_.Break("large");
  const auto report = Run();
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message, HasSubstr("candidate large runs in no way that was tried"));
  EXPECT_THAT(report.error().message, HasSubstr("the device is on fire"));
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST(BestVariant, IsTheSimplestOfThoseThatAreAboutAsFastAndConform) {
  const auto variant = [](double ms, bool holds, const char* failure = "") {
    Variant made;
    made.median_ms = ms;
    made.check.holds = holds;
    made.failure = failure;
    return made;
  };
  EXPECT_EQ(BestVariant({variant(10, true), variant(9.8, true)}), 0);
  EXPECT_EQ(BestVariant({variant(10, true), variant(9, true)}), 1);
  EXPECT_EQ(BestVariant({variant(10, true), variant(1, false), variant(0, true, "failed")}), 0);
  EXPECT_EQ(BestVariant({variant(10, false), variant(5, false)}), 1);
  EXPECT_EQ(BestVariant({variant(0, true, "failed")}), -1);
  EXPECT_EQ(BestVariant({}), -1);
}

TEST(VariantsOf, AreAllThatTheOptionsAllowAndTheBackEndsHave) {
  FakeBackend backend;
  TuneOptions options;
  options.backends = {&backend};
  options.threads = {1, 4};
  options.graphs = {GraphOptimization::kAll, GraphOptimization::kBasic};
  const std::vector<Placement> variants = VariantsOf(options);
  ASSERT_EQ(variants.size(), 4U);
  EXPECT_EQ(variants[0].options.threads, 1);
  EXPECT_EQ(variants[1].options.graph, GraphOptimization::kBasic);
  EXPECT_EQ(variants[3].options.threads, 4);
  EXPECT_EQ(variants[0].options.provider, "cpu");
  options.providers = {"cuda"};
  EXPECT_THAT(VariantsOf(options), IsEmpty());
}

TEST(VariantsOf, TryThreadsOfTheProcessorAlone) {
  struct Accelerated : FakeBackend {
    std::vector<std::string> providers() const override { return {"cpu", "npu"}; }
  } backend;
  TuneOptions options;
  options.backends = {&backend};
  options.threads = {1, 2, 4};
  options.providers = {"cpu", "npu"};
  std::vector<std::string> ways;
  for (const Placement& at : VariantsOf(options))
    ways.push_back(at.options.provider + std::to_string(at.options.threads));
  EXPECT_THAT(ways, ElementsAre("cpu1", "cpu2", "cpu4", "npu1"));
}

TEST(RetargetFeatureDnn, ItsDnnGoesAlong) {
  TwoCandidates world("retarget_feature_dnn", TwoCandidates::ReadFeatureDnn);
  const std::string out = testing::TempDir() + "retarget_feature_dnn_out";
  TuneOptions options;
  options.backends = {&world.backend};
  options.time = std::chrono::milliseconds(200);
  const auto report = Retarget(Bundle::Open(world.path()).value(), options, world.clock, out);
  ASSERT_TRUE(report.ok()) << report.error().message;
  const auto bundle = Bundle::Open(out);
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
  EXPECT_TRUE(bundle->VerifiedFile(*bundle->manifest().feature_dnn).ok());
  EXPECT_EQ(bundle->manifest().feature_dnn->feature_values, 2);
  EXPECT_TRUE(bundle->manifest().feature_dnn->costs[0].conformance->holds);
  EXPECT_TRUE(report->conforms());
}

TEST(RetargetFeatureDnn, WhereItAnswersOtherwiseCertificatesAreVoid) {
  TwoCandidates world("retarget_feature_dnn_differs", [](BundleContents& contents) {
    TwoCandidates::ReadFeatureDnn(contents);
    ManifestCertificate& certificate = contents.manifest.operating_points[0].certificates.emplace_back();
    certificate.outcome = ClaimOutcome::kHolds;
    certificate.claim = 0.7;
  });
  world.AnswerFeatureDnn({7, 5.7F});  // 0.7 of 7
  const std::string out = testing::TempDir() + "retarget_feature_dnn_differs_out";
  TuneOptions options;
  options.backends = {&world.backend};
  options.time = std::chrono::milliseconds(200);
  const auto report = Retarget(Bundle::Open(world.path()).value(), options, world.clock, out);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->conforms());
  EXPECT_THAT(report->uncertified, ElementsAre(report->before.operating_points[0].name));
  const auto bundle = Bundle::Open(out);
  EXPECT_NEAR(bundle->manifest().feature_dnn->costs[0].conformance->largest_difference, 0.1, 1e-6);
  world.AnswerFeatureDnn({});
  EXPECT_THAT(Retarget(Bundle::Open(world.path()).value(), options, world.clock, out).error().message,
              HasSubstr("feature_dnn runs in no way that was tried"));
}

}  // namespace
}  // namespace amsel
