// The engine under many threads, with batches and under a memory budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <latch>
#include <mutex>
#include <thread>

#include "amsel/engine.h"
#include "amsel/governor.h"
#include "base/resident_memory.h"
#include "image/decode.h"
#include "tests/support/loading_gate.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
constexpr int kThreads = 4;
constexpr int kRounds = 100;

std::string GrayImage(int brightness) {
  return EncodePgm(4, 4, std::string(16, static_cast<char>(brightness)));
}

/// `small` is sure of class 0 for bright images and unsure of the others, which go on to `large` (class 1).
class EngineThreadsTest : public testing::Test {
 protected:
  explicit EngineThreadsTest(const std::function<void(BundleContents&)>& more = {})
      : world_(std::string("engine_threads_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
               [&](BundleContents& contents) {
                 TwoCandidates::GoOn(contents);
                 if (more) more(contents);
               }) {
    Declare("small", -1);
    Declare("large", -1);
  }

  void Declare(const std::string& name, int batch) {
    world_.Replace(name, [this, name](auto input, int n, auto& output) { return Run(name, input, n, output); }, batch);
  }

  Status Run(const std::string& name, std::span<const std::byte> input, int batch, std::vector<float>& output) {
    {
      const std::lock_guard lock(mutex_);
      runs_.emplace_back(name, batch);
    }
    output.clear();
    for (int i = 0; i < batch; ++i) {
      float first = 0;
      std::memcpy(&first, input.data() + i * static_cast<std::ptrdiff_t>(input.size()) / batch, sizeof first);
      if (name == "large") {
        output.insert(output.end(), {0, 5});
      } else {
        output.insert(output.end(), {first / 20, 0});
      }
    }
    return {};
  }

  /// One answer an image, one by one.
  static std::vector<int> OneByOne(Engine& engine, const std::vector<std::string>& images) {
    std::vector<int> labels;
    for (const std::string& image : images) labels.push_back(engine.Run(image)->label);
    return labels;
  }

  TwoCandidates world_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, int>> runs_;  ///< candidate and size of the batch
  const std::vector<std::string> images_{GrayImage(200), GrayImage(10), GrayImage(220), GrayImage(20), GrayImage(30)};
};

TEST_F(EngineThreadsTest, ThreadsAnswerSideBySide) {
  std::latch together(2);  // would wait forever if one call waited for the other
  world_.Replace("small", [&](std::span<const std::byte>, int, std::vector<float>& output) {
    together.arrive_and_wait();
    output = {9, 0};
    return Status();
  });
  auto engine = Engine::Open(world_.path(), world_.backend);
  std::jthread other([&] { EXPECT_EQ(engine->Run(images_[0])->label, 0); });
  EXPECT_EQ(engine->Run(images_[0])->label, 0);
}

TEST_F(EngineThreadsTest, EachThreadGetsTheAnswersToItsOwnImages) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const bool bright = (i + t) % 2 == 0;
        const auto answer = engine->Run(GrayImage(bright ? 180 + t : 10 + t));
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_EQ(answer->label, bright ? 0 : 1);
        EXPECT_EQ(answer->runs.size(), bright ? 1U : 2U);
      }
    });
  }
}

TEST_F(EngineThreadsTest, ACandidateThatFailsIsReplacedInEveryThread) {
  world_.Break("small");
  auto engine = Engine::Open(world_.path(), world_.backend);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const auto answer = engine->Run(images_[0]);
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_EQ(answer->label, 1);
        EXPECT_TRUE(answer->degraded);
        EXPECT_THAT(answer->problems, ElementsAre(HasSubstr("small: the device is on fire")));
      }
    });
  }
}

TEST_F(EngineThreadsTest, ACandidateThatCannotBeLoadedIsReplacedInEveryThread) {
  ASSERT_TRUE(WriteFile(world_.path() + "/candidates/small/model.onnx", "damaged").ok());
  auto engine = Engine::Open(world_.path(), world_.backend);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const auto answer = engine->Run(images_[0]);
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      EXPECT_EQ(answer->label, 1);
      EXPECT_THAT(answer->problems, ElementsAre(HasSubstr("the bundle is damaged")));
    });
  }
}

TEST_F(EngineThreadsTest, ABatchAnswersAsOneByOneAndSharesRuns) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  const std::vector<int> alone = OneByOne(*engine, images_);
  EXPECT_THAT(alone, ElementsAre(0, 1, 0, 1, 1));
  runs_.clear();
  const std::vector<ImageSource> sources(images_.begin(), images_.end());
  std::vector<std::vector<ExplainedStep>> steps;
  const auto together = engine->RunBatch(sources, &steps);
  ASSERT_EQ(together.size(), images_.size());
  for (std::size_t i = 0; i < images_.size(); ++i) {
    ASSERT_TRUE(together[i].ok()) << together[i].error().message;
    const auto single = engine->Run(images_[i]);
    EXPECT_EQ(together[i]->label, alone[i]);
    EXPECT_EQ(together[i]->log_probs, single->log_probs);
    EXPECT_EQ(together[i]->runs.size(), single->runs.size());
    EXPECT_EQ(together[i]->operating_point, "fast");
    EXPECT_FALSE(together[i]->degraded);
    EXPECT_GE(together[i]->Decision().count(), 0);
    EXPECT_EQ(steps[i].size(), alone[i] == 0 ? 2U : 3U);
  }
  runs_.resize(2);
  EXPECT_THAT(runs_, ElementsAre(std::pair("small", 5), std::pair("large", 3)));
}

TEST_F(EngineThreadsTest, ALargeBatchIsInWorkSixtyFourImagesAtATime) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  std::vector<ImageSource> sources;
  for (std::size_t i = 0; i < 150; ++i) sources.emplace_back(images_[i % images_.size()]);
  std::vector<std::vector<ExplainedStep>> steps;
  const auto results = engine->RunBatch(sources, &steps);
  ASSERT_EQ(results.size(), sources.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i]->label, std::vector({0, 1, 0, 1, 1})[i % images_.size()]);
    EXPECT_FALSE(steps[i].empty());
  }
  std::vector<int> together;
  for (const auto& [name, batch] : runs_) {
    if (name == "small") together.push_back(batch);
  }
  EXPECT_THAT(together, ElementsAre(64, 64, 22));
}

TEST_F(EngineThreadsTest, InABatchPixelsAndBytesMixAndErrorsAreEachImagesOwn) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  const std::vector<std::uint8_t> dark(16, 10);
  const std::vector<ImageSource> sources{std::string_view(images_[0]), std::string_view("no image"),
                                         ImageView(PixelFormat::kGray, 4, 4, dark.data()), ImageView()};
  const auto results = engine->RunBatch(sources);
  EXPECT_EQ(results[0]->label, 0);
  EXPECT_EQ(results[1].error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(results[2]->label, 1);
  EXPECT_THAT(results[3].error().message, HasSubstr("no pixels"));
  EXPECT_THAT(engine->RunBatch({}), IsEmpty());
}

TEST_F(EngineThreadsTest, ADnnThatTakesNoBatchesRunsOneByOne) {
  Declare("small", 1);
  auto engine = Engine::Open(world_.path(), world_.backend);
  const auto results = engine->RunBatch(std::vector<ImageSource>(images_.begin(), images_.begin() + 2));
  EXPECT_EQ(results[0]->label, 0);
  EXPECT_EQ(results[1]->label, 1);
  EXPECT_THAT(runs_, ElementsAre(std::pair("small", 1), std::pair("small", 1), std::pair("large", 1)));
}

TEST_F(EngineThreadsTest, ADnnThatFailsAtABatchRunsOneByOneFromThenOn) {
  world_.Replace("small", [this](std::span<const std::byte> input, int batch, std::vector<float>& output) {
    if (batch > 1) return runs_.emplace_back("small", batch), Status(RuntimeFailure("a reshape within"));
    return Run("small", input, batch, output);
  });
  auto engine = Engine::Open(world_.path(), world_.backend);
  const std::vector<ImageSource> sources{std::string_view(images_[0]), std::string_view(images_[2])};
  for (int round = 0; round < 2; ++round) {
    for (const auto& result : engine->RunBatch(sources)) EXPECT_EQ(result->label, 0);
  }
  EXPECT_THAT(runs_, ElementsAre(std::pair("small", 2), std::pair("small", 1), std::pair("small", 1),
                                 std::pair("small", 1), std::pair("small", 1)));
}

TEST_F(EngineThreadsTest, InABatchACandidateThatFailsIsReplaced) {
  world_.Break("small");
  auto engine = Engine::Open(world_.path(), world_.backend);
  for (const auto& result : engine->RunBatch(std::vector<ImageSource>(images_.begin(), images_.end()))) {
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->label, 1);
    EXPECT_THAT(result->problems, ElementsAre(HasSubstr("small: the device is on fire")));
  }
}

TEST_F(EngineThreadsTest, BatchesAndSinglesRunSideBySide) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  const std::vector<int> expected = OneByOne(*engine, images_);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds / 5; ++i) {
        if (t % 2 == 0) {
          EXPECT_EQ(OneByOne(*engine, images_), expected);
          continue;
        }
        const auto results = engine->RunBatch(std::vector<ImageSource>(images_.begin(), images_.end()));
        for (std::size_t r = 0; r < results.size(); ++r) EXPECT_EQ(results[r]->label, expected[r]);
      }
    });
  }
}

/// Points that differ in who answers: `fast` (small) and `accurate` (large).
TEST(EnginePoints, EachAnswerIsAtOnePointWhollyWhileOthersChangeIt) {
  TwoCandidates world("engine_threads_test_points");
  auto engine = Engine::Open(world.path(), world.backend);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        EXPECT_TRUE(engine->SetOperatingPoint((i + t) % 2 == 0 ? "fast" : "accurate").ok());
        const auto answer = engine->Run(GrayImage(100));
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_EQ(answer->label, answer->operating_point == "fast" ? 0 : 1);
      }
    });
  }
}

constexpr std::int64_t kMb = 1'000'000;

/// `small` takes 100 MB and `large` 200 MB and an hour to load, says the bundle; every answer runs `small`, some both.
class EngineBudgetTest : public EngineThreadsTest {
 protected:
  EngineBudgetTest()
      : EngineThreadsTest([](BundleContents& contents) {
          TwoCandidates::Resident(100 * kMb, 200 * kMb)(contents);
          contents.manifest.candidates[TwoCandidates::kLarge].costs[0].load_ms = 3'600'000;
          contents.manifest.operating_points[0].paths = {{{"small"}, 0.5, 0.9}, {{"small", "large"}, 0.5, 0.9}};
          contents.manifest.operating_points[1].paths = {{{"large"}, 1, 0.9}};
        }) {}

  /// With so much for candidates.
  Result<Engine> Open(std::int64_t allowance) {
    EngineOptions options;
    options.memory_budget = ResidentBytes() + allowance;
    return Engine::Open(world_.path(), world_.backend, options);
  }
};

TEST_F(EngineBudgetTest, AnswersAreTheSameWhenCandidatesMustTakeTurns) {
  auto unbounded = Engine::Open(world_.path(), world_.backend);
  const std::vector<int> expected = OneByOne(*unbounded, images_);
  std::atomic<int> opens{0};
  world_.backend.on_open = [&](const std::string&) { ++opens; };
  auto engine = Open(250 * kMb);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  EXPECT_EQ(OneByOne(*engine, images_), expected);
  EXPECT_FALSE(engine->Run(images_[1])->degraded);
  EXPECT_GT(opens, 2);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] { EXPECT_EQ(OneByOne(*engine, images_), expected); });
  }
}

TEST_F(EngineBudgetTest, WhatTheBudgetCannotHoldDoesNotRunAndTheAnswerSaysSo) {
  auto engine = Open(150 * kMb);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  EXPECT_FALSE(engine->Run(images_[0])->degraded);
  std::vector<ExplainedStep> steps;
  const auto answer = engine->Run(images_[1], {}, &steps);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->label, 0);  // by `small` alone
  EXPECT_TRUE(answer->degraded);
  EXPECT_THAT(answer->problems, ElementsAre(HasSubstr("large: does not fit the memory budget: needs 200.0 MB")));
  EXPECT_THAT(steps.back().left_out, ElementsAre(TwoCandidates::kLarge));
}

TEST_F(EngineBudgetTest, ABudgetForNoCandidateOfThePointIsAnErrorThatNamesTheLeast) {
  const auto engine = Open(50 * kMb);
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(engine.error().message, HasSubstr("holds no candidate of operating point `fast`"));
  EXPECT_THAT(engine.error().message, HasSubstr("with small"));
  const std::string after = engine.error().message.substr(engine.error().message.find("works is ") + 9);
  EngineOptions options;
  options.memory_budget = std::stoll(after) * kMb + 16 * kMb;  // the process has grown a little since
  EXPECT_TRUE(Engine::Open(world_.path(), world_.backend, options).ok()) << after;
}

TEST_F(EngineBudgetTest, APointThatTheBudgetHasNoCandidateForIsNotTaken) {
  auto engine = Open(150 * kMb);
  const Status refused = engine->SetOperatingPoint("accurate");
  EXPECT_THAT(refused.error().message, HasSubstr("of operating point `accurate`"));
  EXPECT_EQ(engine->operating_point().name, "fast");
}

TEST_F(EngineBudgetTest, TheGovernorLeavesOutPointsThatTheBudgetHasNoCandidateFor) {
  auto engine = Open(150 * kMb);
  GovernorOptions options;
  options.certified_only = false;
  options.mean_latency = std::chrono::hours(1);  // which both points keep
  options.settle = 0;
  options.dwell = std::chrono::seconds(0);
  auto governor = Governor::Create(*engine, options);
  ASSERT_TRUE(governor.ok()) << governor.error().message;
  governor->Observe(std::chrono::seconds(1), engine->Run(images_[0]).value());
  EXPECT_EQ(governor->point(), "fast");
  options.min_accuracy = 0.85;  // `accurate` alone
  EXPECT_THAT(Governor::Create(*engine, options).error().message, HasSubstr("of operating point `accurate`"));
  auto with_more = Open(1000 * kMb);
  auto free = Governor::Create(*with_more, options);
  ASSERT_TRUE(free.ok()) << free.error().message;
  EXPECT_EQ(free->point(), "accurate");
}

TEST_F(EngineBudgetTest, UnderADeadlineTheCheapOnesAnswerWhileALargeOneIsLoading) {
  auto engine = Open(1000 * kMb);
  LoadingGate gate(world_.backend, "large");
  EXPECT_EQ(engine->Run(images_[0])->label, 0);  // loads `small`
  const RunOptions in_time{std::chrono::minutes(50)};
  EXPECT_TRUE(engine->Run(images_[1], in_time)->degraded);
  gate.AwaitLoading();  // so it was asked for beside
  const auto meanwhile = engine->Run(images_[1], in_time);
  ASSERT_TRUE(meanwhile.ok()) << meanwhile.error().message;
  EXPECT_EQ(meanwhile->label, 0);
  EXPECT_TRUE(meanwhile->degraded);
  EXPECT_THAT(meanwhile->problems, ElementsAre(HasSubstr("to load")));
  gate.LetItGoOn();
  while (engine->Run(images_[1], {std::chrono::hours(1)})->degraded) std::this_thread::yield();
  EXPECT_EQ(engine->Run(images_[1])->label, 1);
}

}  // namespace
}  // namespace amsel
