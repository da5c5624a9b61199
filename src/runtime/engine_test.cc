#include "amsel/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/fake_backend.h"
#include "base/file.h"
#include "base/sha256.h"
#include "bundle/bundle.h"
#include "features/features.h"
#include "image/decode.h"
#include "policy/premodel.h"
#include "runtime/verify.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// A bundle of two candidates written without a learner; `small` answers class 0, `large` class 1.
class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    root_ = testing::TempDir() + "engine_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    PolicyCommon common;
    common.classes = 2;
    common.costs_ms = {1, 4};
    common.fallback = {1, 0};
    const SinglePolicy policy(common, 0);
    BundleContents contents;
    contents.policy = &policy;
    contents.labels = {"cat", "dog"};
    contents.manifest.amsel_version = "test";
    contents.manifest.classes = 2;
    contents.manifest.single_best = "large";
    contents.manifest.feature_code_version = kFeatureCodeVersion;
    contents.manifest.policy_kind = "single";
    contents.manifest.training_options = Json::object();
    contents.manifest.operating_points.emplace_back().name = "default";
    EXPECT_TRUE(WriteFile(root_ + ".onnx", "DNN").ok());
    for (const char* name : {"small", "large"}) AddCandidate(name, contents);
    EXPECT_TRUE(WriteBundle(contents, root_).ok());
    Answer("small", {2, 0});
    Answer("large", {0, 2});
  }

  void AddCandidate(const std::string& name, BundleContents& contents) {
    Card card;
    card.name = name;
    card.input_name = "input";
    card.output_name = "logits";
    card.preprocess.height = card.preprocess.width = 2;
    card.labels = "x";
    ManifestCandidate candidate;
    candidate.name = candidate.folder = name;
    candidate.view = "identity";
    candidate.sha256 = Sha256Hex("DNN");
    contents.manifest.candidates.push_back(candidate);
    TensorFile conformance;
    conformance.tensors["pixels"] = Tensor::Bytes({1, 2, 2, 3}, std::vector<std::uint8_t>(12, 9));
    conformance.tensors["log_probs"] = Tensor::Floats(
        {1, 2}, name == "small" ? std::vector<float>{-0.127F, -2.127F} : std::vector<float>{-2.127F, -0.127F});
    contents.folders[name] = {card, root_ + ".onnx", conformance};
  }
  void Answer(const std::string& name, std::vector<float> logits) {
    backend_.Add(root_ + "/candidates/" + name + "/model.onnx", FakeBackend::Describe("input", 3, 2, "logits", 2),
                 [logits](std::span<const std::byte>, int, std::vector<float>& output) {
                   if (logits.empty()) return Status(RuntimeFailure("the device is on fire"));
                   output = logits;
                   return Status();
                 });
  }

  std::string root_;
  FakeBackend backend_;
  const std::string image_ = EncodePgm(4, 4, std::string(16, 'x'));
};

TEST_F(EngineTest, AnswersWithTheChosenCandidate) {
  auto engine = Engine::Open(root_, backend_);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(engine->labels()[static_cast<std::size_t>(answer->label)], "cat");
  EXPECT_NEAR(answer->probability, 0.881, 1e-2);
  EXPECT_FALSE(answer->degraded);
  EXPECT_EQ(answer->runs.size(), 1U);
}

TEST_F(EngineTest, ACandidateThatFailsIsReplacedAndTheAnswerSaysSo) {
  Answer("small", {});
  auto engine = Engine::Open(root_, backend_);
  const auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->label, 1);
  EXPECT_TRUE(answer->degraded);
  EXPECT_FALSE(answer->certified);
  EXPECT_THAT(answer->problems.at(0), HasSubstr("small: the device is on fire"));
}

TEST_F(EngineTest, NoCandidateMeansAnErrorAndNoMadeUpAnswer) {
  Answer("small", {});
  Answer("large", {});
  auto engine = Engine::Open(root_, backend_);
  const auto answer = engine->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(answer.error().message, HasSubstr("no candidate could run"));
}

TEST_F(EngineTest, BadImagesAndUnknownPointsAreErrors) {
  auto engine = Engine::Open(root_, backend_);
  EXPECT_FALSE(engine->Run("").ok());
  EngineOptions options;
  options.operating_point = "warp";
  EXPECT_THAT(Engine::Open(root_, backend_, options).error().message, HasSubstr("no operating point `warp`"));
}

TEST_F(EngineTest, ExplainsWithoutChangingTheAnswer) {
  auto engine = Engine::Open(root_, backend_);
  std::vector<ExplainedStep> steps;
  const auto answer = engine->Run(image_, {}, &steps);
  ASSERT_EQ(steps.size(), 2U);  // run it, then answer
  EXPECT_EQ(steps[0].step.candidate, 0);
  EXPECT_EQ(steps[1].step.kind, Step::Kind::kAnswer);
  EXPECT_EQ(answer->label, engine->Run(image_)->label);
}

TEST_F(EngineTest, ConformanceHoldsUntilADeviceAnswersOtherwise) {
  const Bundle bundle = Bundle::Open(root_).value();
  auto results = VerifyConformance(bundle, backend_, {});
  ASSERT_TRUE(results.ok()) << results.error().message;
  for (const ConformanceResult& result : *results) EXPECT_TRUE(result.holds) << result.candidate;
  Answer("large", {1, 2});
  results = VerifyConformance(bundle, backend_, {});
  EXPECT_TRUE(results->at(0).holds);
  EXPECT_FALSE(results->at(1).holds);
  EXPECT_EQ(results->at(1).same_answers, 1);
}

}  // namespace
}  // namespace amsel
