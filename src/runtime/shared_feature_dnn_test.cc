#include "runtime/shared_feature_dnn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "amsel/engine.h"
#include "image/decode.h"
#include "runtime/placement.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Engines over a bundle whose policy reads a feature DNN.
class SharedFeatureDnnTest : public testing::Test {
 protected:
  Result<Engine> Open(const EngineOptions& options = {}) {
    return Engine::Open(world_.path(), world_.backend, options);
  }
  /// The most capable answers, and says why.
  void ExpectFallback(Result<Engine> engine, const std::string& why) {
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    const auto answer = engine->Run(image_);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->label, 1);
    EXPECT_TRUE(answer->degraded);
    EXPECT_FALSE(answer->certified);
    EXPECT_THAT(answer->problems, ElementsAre(AllOf(HasSubstr("feature_dnn: "), HasSubstr(why))));
    EXPECT_THAT(answer->feature_values, IsEmpty());
  }

  TwoCandidates world_{
      std::string("shared_feature_dnn_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
      TwoCandidates::ReadFeatureDnn};
  const std::string image_ = EncodePgm(4, 4, std::string(16, 'x'));
};

TEST_F(SharedFeatureDnnTest, ItsValuesAreReadBesideImageFeatures) {
  auto engine = Open();
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  EXPECT_THAT(engine->feature_names(), ElementsAre("dnn.1", "contrast", "dnn.0"));
  const auto answer = engine->Run(image_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(answer->feature_values, ElementsAre(5, 0, 7));
  EXPECT_EQ(answer->label, 0);
  EXPECT_FALSE(answer->degraded);
  const std::vector<ImageSource> two{image_, image_};
  for (const auto& one : engine->RunBatch(two)) EXPECT_EQ(one->feature_values, answer->feature_values);
}

TEST_F(SharedFeatureDnnTest, WhereItFailsTheMostCapableAnswersAndTheAnswerSaysSo) {
  auto engine = Open();
  world_.AnswerFeatureDnn({});  // for engines that are opened now
  ExpectFallback(Open(), "the device is on fire");
  auto broken = Open();
  std::vector<ExplainedStep> steps;
  ASSERT_TRUE(broken->Run(image_, {}, &steps).ok());
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[1].notes.at(0).subject, "no features");
  EXPECT_FALSE(engine->Run(image_)->degraded);
}

TEST_F(SharedFeatureDnnTest, ADamagedOrAbsentFileIsAFailureOfTheDnnAlone) {
  ASSERT_TRUE(WriteFile(world_.path() + "/feature_dnn/model.onnx", "other").ok());
  ExpectFallback(Open(), "does not match SHA256SUMS");
  std::filesystem::remove(world_.path() + "/feature_dnn/model.onnx");
  ExpectFallback(Open(), "model.onnx");
}

TEST_F(SharedFeatureDnnTest, AnotherNumberOfValuesIsNotTheDnnThatWasTrainedOn) {
  world_.AnswerFeatureDnn({1, 2, 3});
  ExpectFallback(Open(), "does not give the 2 values that the bundle was trained on");
}

TEST_F(SharedFeatureDnnTest, WhenNothingElseRunsEitherThereIsNoAnswer) {
  world_.AnswerFeatureDnn({});
  world_.Break("small");
  world_.Break("large");
  const auto answer = Open()->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, AllOf(HasSubstr("no candidate could run"), HasSubstr("feature_dnn: ")));
}

TEST_F(SharedFeatureDnnTest, ThreadsShareOneAndTakeTurnsWhereTheyMust) {
  std::atomic<int> opened{0};
  world_.backend.on_open = [&](const std::string& path) { opened += path.ends_with("feature_dnn/model.onnx") ? 1 : 0; };
  world_.backend.concurrent = false;
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  world_.backend.Add(world_.path() + "/feature_dnn/model.onnx", FakeBackend::Describe("input", 3, 2, "values", 2),
                     [&](std::span<const std::byte>, int, std::vector<float>& output) {
                       if (++inside > 1) together = true;
                       output.assign({7, 5});
                       --inside;
                       return Status();
                     });
  auto engine = Open();
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          const auto answer = engine->Run(image_);
          if (!answer.ok() || answer->degraded || answer->feature_values != std::vector<float>{5, 0, 7}) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(opened, 1);
  EXPECT_FALSE(together);
}

TEST_F(SharedFeatureDnnTest, AMemoryBudgetLeavesItLoaded) {
  EngineOptions options;
  options.memory_budget = std::int64_t{1} << 40;
  EXPECT_FALSE(Open(options)->Run(image_)->degraded);
}

TEST_F(SharedFeatureDnnTest, IsPlacedAsPlannedUnlessAskedForElsewhere) {
  const Bundle bundle = Bundle::Open(world_.path()).value();
  const auto planned = PlaceCandidatesOn(bundle.manifest(), {}, world_.backend).value();
  ASSERT_EQ(planned.size(), 3U);
  EXPECT_EQ(planned.back().options.threads, 1);
  EXPECT_THAT(NotAsProfiled(bundle.manifest(), bundle.policy(), 0, planned), IsEmpty());
  BackendChoice choice;
  choice.candidates["feature_dnn"].precision = Precision::kHalf;
  choice.candidates["feature_dnn"].threads = 2;
  const auto placements = PlaceCandidatesOn(bundle.manifest(), choice, world_.backend).value();
  EXPECT_EQ(placements.back().options.threads, 2);
  EXPECT_EQ(placements.front().options.threads, 1);
  EXPECT_THAT(NotAsProfiled(bundle.manifest(), bundle.policy(), 0, placements), ElementsAre("feature_dnn"));
  Manifest retargeted = bundle.manifest();
  retargeted.feature_dnn->costs[0].precision = "half";
  EXPECT_THAT(NotAsProfiled(retargeted, bundle.policy(), 0, placements), IsEmpty());
  retargeted.feature_dnn->costs[0].conformance = ConformanceCheck{1, 0, 0.5, false};
  EXPECT_THAT(NotAsProfiled(retargeted, bundle.policy(), 0, placements), ElementsAre("feature_dnn"));
  choice.candidates["feature_dnn"].provider = "abacus";
  EXPECT_THAT(PlaceCandidatesOn(bundle.manifest(), choice, world_.backend).error().message,
              AllOf(HasSubstr("feature_dnn: "), HasSubstr("abacus")));
}

}  // namespace
}  // namespace amsel
