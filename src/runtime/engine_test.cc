#include "amsel/engine.h"
#include "amsel/governor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "image/decode.h"
#include "runtime/governed_engine.h"
#include "runtime/placement.h"
#include "runtime/verify.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

class EngineTest : public testing::Test {
 protected:
  Result<Engine> Open(const EngineOptions& options = {}) {
    return Engine::Open(world_.path(), world_.backend, options);
  }

  TwoCandidates world_{std::string("engine_test_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  const std::string image_ = EncodePgm(4, 4, std::string(16, 'x'));
};

TEST_F(EngineTest, AnswersWithTheChosenCandidate) {
  auto engine = Open();
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(engine->labels()[static_cast<std::size_t>(answer->label)], "cat");
  EXPECT_NEAR(answer->probability, 0.881, 1e-2);
  EXPECT_FALSE(answer->degraded);
  EXPECT_EQ(answer->runs.size(), 1U);
}

TEST_F(EngineTest, ACandidateThatFailsIsReplacedAndTheAnswerSaysSo) {
  world_.Break("small");
  auto engine = Open();
  const auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->label, 1);
  EXPECT_TRUE(answer->degraded);
  EXPECT_FALSE(answer->certified);
  EXPECT_THAT(answer->problems.at(0), HasSubstr("small: the device is on fire"));
}

TEST_F(EngineTest, AnAnswerThatIsNoNumberIsAFailureOfThatImageAlone) {
  world_.Answer("small", {NAN, 0}, 2);
  auto engine = Open();
  auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->label, 1);
  EXPECT_TRUE(answer->degraded);
  EXPECT_THAT(answer->problems.at(0), HasSubstr("small: the candidate gave NaN at index 0"));
  world_.Answer("large", {0, INFINITY}, 10);
  engine = Open();  // one that has a DNN loaded keeps it as it was
  answer = engine->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("no candidate could run"));
  world_.Answer("small", {2, 0}, 2);
  engine = Open();
  answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_FALSE(answer->degraded);
}

TEST_F(EngineTest, NoCandidateMeansAnErrorAndNoMadeUpAnswer) {
  world_.Break("small");
  world_.Break("large");
  auto engine = Open();
  const auto answer = engine->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(answer.error().message, HasSubstr("no candidate could run"));
}

TEST_F(EngineTest, OptionsThatCannotBeAreRefusedByName) {
  const auto refused = [&](const char* name, auto change) {
    EngineOptions options;
    change(options);
    const auto engine = Open(options);
    ASSERT_FALSE(engine.ok()) << name;
    EXPECT_EQ(engine.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(engine.error().message, HasSubstr(std::string("options.") + name + " is "));
  };
  using Time = OperatingLimits::Time;
  refused("limits.mean_latency", [](EngineOptions& options) { options.limits.mean_latency = Time(0); });
  refused("limits.max_latency", [](EngineOptions& options) { options.limits.max_latency = Time(NAN); });
  refused("limits.min_accuracy", [](EngineOptions& options) { options.limits.min_accuracy = 85; });
  refused("limits.max_energy_mj", [](EngineOptions& options) { options.limits.max_energy_mj = -1; });
  refused("session.threads", [](EngineOptions& options) { options.session.threads = 0; });
  refused("candidates[small].threads", [](EngineOptions& options) { options.candidates["small"].threads = 2000; });
  refused("memory_budget", [](EngineOptions& options) { options.memory_budget = -1; });
  refused("max_pixels", [](EngineOptions& options) { options.max_pixels = 0; });
}

TEST_F(EngineTest, RawFramesAreAnsweredAsTheSamePixelsEncoded) {
  auto engine = Open();
  const auto encoded = engine->Run(image_);
  const std::vector<std::uint8_t> gray(4 * 6, 'x');
  const auto raw = engine->Run(ImageView(PixelFormat::kGray, 4, 4, gray.data(), 6));
  ASSERT_TRUE(raw.ok()) << raw.error().message;
  EXPECT_EQ(raw->log_probs, encoded->log_probs);
  EXPECT_EQ(raw->feature_values, encoded->feature_values);
  const Image image{4, 4, std::vector<std::uint8_t>(48, 'x')};
  EXPECT_EQ(engine->Run(image)->log_probs, encoded->log_probs);
}

TEST(EngineOfFiles, FeaturesOfTheFileAreReadAndFramesRefused) {
  const KnnIndex always({0}, {0.8F, 0.9F}, 1, 1, 2);
  const PRightPolicy policy({2, {1, 4}, {1, 0}, {"file_bytes_per_pixel"}, {"fast", "accurate"}}, {{0}, {255}}, always,
                            1, {1, 0});
  TwoCandidates world("EngineOfFiles", [&](BundleContents& contents) {
    contents.policy = &policy;
    contents.manifest.features = policy.feature_names();
  });
  auto engine = Engine::Open(world.path(), world.backend, {});
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const std::string file = EncodePgm(4, 4, std::string(16, 'x'));
  const auto encoded = engine->Run(file);
  ASSERT_TRUE(encoded.ok()) << encoded.error().message;
  EXPECT_FLOAT_EQ(encoded->feature_values.at(0), static_cast<float>(file.size()) / 16);
  EXPECT_EQ(engine->Run(DecodeImage(file).value())->feature_values, encoded->feature_values);
  const std::vector<std::uint8_t> pixels(48, 'x');
  for (const PixelFormat format : {PixelFormat::kBgr, PixelFormat::kRgb}) {
    const auto frame = engine->Run(ImageView(format, 4, 4, pixels.data()));
    ASSERT_FALSE(frame.ok());
    EXPECT_EQ(frame.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(frame.error().message, HasSubstr("features of the image's file"));
  }
}

TEST_F(EngineTest, AFrameThatCannotBeReadIsAnError) {
  EngineOptions options;
  options.max_pixels = 15;
  const std::vector<std::uint8_t> gray(16);
  const ImageView frame(PixelFormat::kGray, 4, 4, gray.data());
  EXPECT_THAT(Open(options)->Run(frame).error().message, HasSubstr("over the limit of 15"));
  auto engine = Open();
  EXPECT_THAT(engine->Run(Image()).error().message, HasSubstr("no pixels"));
  EXPECT_EQ(engine->Run(ImageView()).error().kind, ErrorKind::kBadInput);
}

TEST_F(EngineTest, BadImagesAndUnknownPointsAreErrors) {
  auto engine = Open();
  EXPECT_FALSE(engine->Run("").ok());
  EngineOptions options;
  options.operating_point = "warp";
  EXPECT_THAT(Open(options).error().message, HasSubstr("no operating point `warp`"));
}

TEST_F(EngineTest, ExplainsWithoutChangingTheAnswer) {
  auto engine = Open();
  std::vector<ExplainedStep> steps;
  const auto answer = engine->Run(image_, {}, &steps);
  ASSERT_EQ(steps.size(), 3U);  // extract the feature, run one, answer
  EXPECT_EQ(steps[0].step.kind, Step::Kind::kExtract);
  EXPECT_EQ(steps[1].step.candidate, TwoCandidates::kSmall);
  EXPECT_EQ(steps[1].notes.size(), 2U);
  EXPECT_EQ(steps[2].step.kind, Step::Kind::kAnswer);
  EXPECT_EQ(answer->label, engine->Run(image_)->label);
}

TEST_F(EngineTest, AnswersAtTheNamedPointAtTheLimitsOrAtTheFirst) {
  EXPECT_EQ(Open()->Run(image_)->operating_point, "fast");
  EngineOptions options;
  options.operating_point = "accurate";
  const auto named = Open(options)->Run(image_);
  EXPECT_EQ(named->operating_point, "accurate");
  EXPECT_EQ(named->label, 1);
  options = {};
  options.limits.max_latency = milliseconds(20);
  EXPECT_EQ(Open(options)->Run(image_)->operating_point, "accurate");
  options.limits.max_latency = milliseconds(1);
  const auto impossible = Open(options);
  ASSERT_FALSE(impossible.ok());
  EXPECT_EQ(impossible.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(impossible.error().message, HasSubstr("the nearest is `fast`"));
}

TEST_F(EngineTest, ANameAndLimitsAtOnceAreAnError) {
  EngineOptions options;
  options.operating_point = "fast";
  options.limits.min_accuracy = 0.1;
  const auto engine = Open(options);
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(engine.error().message, HasSubstr("not by both"));
}

TEST_F(EngineTest, ThePointCanBeChangedBetweenAnswers) {
  auto engine = Open();
  EXPECT_EQ(engine->operating_points().size(), 2U);
  EXPECT_EQ(engine->Run(image_)->label, 0);
  EXPECT_TRUE(engine->SetOperatingPoint("accurate").ok());
  EXPECT_EQ(engine->operating_point().top1, 0.9);
  EXPECT_EQ(engine->Run(image_)->label, 1);
  const Status unknown = engine->SetOperatingPoint("warp");
  EXPECT_THAT(unknown.error().message, HasSubstr("it has: fast accurate"));
  EXPECT_EQ(engine->Run(image_)->operating_point, "accurate");
}

TEST_F(EngineTest, OnlyTheAnswerThatWaitedForLoadingTellsOfIt) {
  auto engine = Open();
  EXPECT_GT(engine->Run(image_)->runs.at(0).load.count(), 0);
  EXPECT_EQ(engine->Run(image_)->runs.at(0).load.count(), 0);
  const std::vector<ImageSource> two{image_, image_};
  for (const auto& answer : engine->RunBatch(two)) EXPECT_EQ(answer->runs.at(0).load.count(), 0);
}

TEST_F(EngineTest, AGovernorIsMadeForTheCertifiedPoints) {
  auto engine = Open();
  GovernorOptions options;
  EXPECT_THAT(Governor::Create(*engine, options).error().message, HasSubstr("needs a target"));
  options.mean_latency = OperatingLimits::Time(1000);
  EXPECT_THAT(Governor::Create(*engine, options).error().message, HasSubstr("certificate"));
  options.certified_only = false;
  auto governor = Governor::Create(*engine, options);
  ASSERT_TRUE(governor.ok()) << governor.error().message;
  EXPECT_EQ(governor->point(), engine->operating_point().name);
  for (int i = 1; i <= 50; ++i) {
    governor->Observe(std::chrono::seconds(i), *engine->Run(image_));
    ASSERT_TRUE(engine->SetOperatingPoint(governor->point()).ok());
  }
  EXPECT_EQ(governor->point(), "accurate");
  EXPECT_EQ(governor->moves(), 1);
}

TEST_F(EngineTest, AGovernedEngineGoesWhereItsGovernorSays) {
  auto engine = Open();
  GovernorOptions options;
  options.mean_latency = OperatingLimits::Time(1000);
  options.certified_only = false;
  FakeClock clock;
  const auto governed = GovernedEngine::Start(*engine, options, clock);
  ASSERT_TRUE(governed.ok()) << governed.error().message;
  EXPECT_EQ(engine->operating_point().name, "fast");
  for (int i = 0; i < 50; ++i) {
    clock.Advance(std::chrono::seconds(1));
    ASSERT_TRUE((*governed)->Saw(*engine->Run(image_)).ok());
  }
  EXPECT_EQ(engine->operating_point().name, "accurate");
  EXPECT_EQ((*governed)->moves(), 1U);
  ASSERT_TRUE(engine->SetOperatingPoint("fast").ok());  // by someone else
  ASSERT_TRUE((*governed)->Saw(*engine->Run(image_)).ok());
  EXPECT_EQ(engine->operating_point().name, (*governed)->point());
}

TEST_F(EngineTest, ADeadlineIsKeptOrRefused) {
  auto engine = Open();
  engine->Preload();
  EXPECT_FALSE(engine->Run(image_, {hours(1)})->degraded);
  const auto late = engine->Run(image_, {std::chrono::nanoseconds(1)});  // decoding alone takes longer
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(late.error().message, HasSubstr("is too short"));
}

TEST_F(EngineTest, TheLongestDeadlineIsNone) {
  const auto answer = Open()->Run(image_, {std::chrono::nanoseconds::max()});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_FALSE(answer->degraded);
  EXPECT_FALSE(Open()->Run(image_, {std::chrono::nanoseconds::min()}).ok());
}

TEST_F(EngineTest, AnAbstentionIsNotReportedAsAnAnswer) {
  TwoCandidates world("engine_test_abstains", TwoCandidates::Abstain);
  const auto answer = Engine::Open(world.path(), world.backend)->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_TRUE(answer->abstained);
  EXPECT_EQ(answer->label, -1);
  EXPECT_TRUE(answer->log_probs.empty());
}

/// The engine's test world with certificates at `fast`: one of `outcome`, and one that failed.
class Certified : public testing::TestWithParam<ClaimOutcome> {
 protected:
  void AddCertificates(BundleContents& contents) {
    ManifestCertificate accuracy;
    accuracy.outcome = GetParam();
    if (GetParam() != ClaimOutcome::kNoClaim) accuracy.claim = 0.75;
    accuracy.claim_level = 0.025;
    accuracy.images = 1200;
    ManifestCertificate failed;
    failed.kind = CertificateKind::kNotWorseThanSingleBest;
    failed.outcome = ClaimOutcome::kFails;
    failed.claim = 0.01;
    contents.manifest.operating_points.front().certificates = {accuracy, failed};
  }

  TwoCandidates world_{std::string("engine_test_certified_") + ClaimOutcomeName(GetParam()),
                       [this](BundleContents& contents) { AddCertificates(contents); }};
  const std::string image_ = EncodePgm(4, 4, std::string(16, 'x'));
};

TEST_P(Certified, OnlyWhatWasTestedAndHolds) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const bool holds = GetParam() == ClaimOutcome::kHolds;
  EXPECT_EQ(engine->Run(image_)->certified, holds);
  EXPECT_EQ(engine->operating_point().certificates.size(), holds ? 1U : 0U);
  if (holds) {
    EXPECT_EQ(engine->operating_point().certificates[0],
              "accuracy of 75 % or more, tested on 1200 images at the level 0.025");
  }
  EXPECT_FALSE(engine->Run(image_, {hours(1)})->certified);  // another policy than the one that was tested
  ASSERT_TRUE(engine->SetOperatingPoint("accurate").ok());
  EXPECT_FALSE(engine->Run(image_)->certified);
  ASSERT_TRUE(engine->SetOperatingPoint("fast").ok());
  world_.Break("small");
  auto broken = Engine::Open(world_.path(), world_.backend);
  ASSERT_TRUE(broken.ok()) << broken.error().message;
  const auto degraded = broken->Run(image_);
  ASSERT_TRUE(degraded.ok()) << degraded.error().message;
  EXPECT_TRUE(degraded->degraded);
  EXPECT_FALSE(degraded->certified);
}

INSTANTIATE_TEST_SUITE_P(EngineTest, Certified,
                         testing::Values(ClaimOutcome::kHolds, ClaimOutcome::kFails, ClaimOutcome::kNotReached,
                                         ClaimOutcome::kRefused, ClaimOutcome::kNoClaim));

TEST_F(EngineTest, ConformanceHoldsUntilADeviceAnswersOtherwise) {
  const Bundle bundle = Bundle::Open(world_.path()).value();
  auto results = VerifyConformance(bundle, PlaceCandidatesOn(bundle.manifest(), {}, world_.backend).value());
  ASSERT_TRUE(results.ok()) << results.error().message;
  for (const ConformanceResult& result : *results) EXPECT_TRUE(result.check.holds) << result.dnn;
  world_.Answer("large", {1, 2}, 0);
  results = VerifyConformance(bundle, PlaceCandidatesOn(bundle.manifest(), {}, world_.backend).value());
  EXPECT_TRUE(results->at(0).check.holds);
  EXPECT_FALSE(results->at(1).check.holds);
  EXPECT_EQ(results->at(1).check.same_answers, 1);
}

}  // namespace
}  // namespace amsel
