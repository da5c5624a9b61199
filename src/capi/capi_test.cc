#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/json.h"
#include "capi/calls_from_c.h"
#include "capi/handles.h"
#include "image/decode.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::HasSubstr;

struct Freed {
  void operator()(amsel_answer* answer) const { amsel_answer_free(answer); }
  void operator()(amsel_engine* engine) const { amsel_engine_close(engine); }
};
using AnswerHandle = std::unique_ptr<amsel_answer, Freed>;
using EngineHandle = std::unique_ptr<amsel_engine, Freed>;

class CApi : public testing::Test {
 protected:
  /// An engine over the fake back end, which the C API has no way to ask for.
  EngineHandle Fake(TwoCandidates& world) {
    return EngineHandle(new amsel_engine{Engine::Open(world.path(), world.backend).value()});
  }
  AnswerHandle Run(amsel_engine* engine, const amsel_run_options* options = nullptr) {
    amsel_answer* answer = nullptr;
    EXPECT_EQ(amsel_run_encoded(engine, image_.data(), image_.size(), options, &answer), AMSEL_OK)
        << amsel_last_error();
    return AnswerHandle(answer);
  }
  /// Opens with ONNX Runtime; the engine is closed at once.
  amsel_status Open(const std::string& bundle, const amsel_options* options = nullptr) {
    amsel_engine* engine = reinterpret_cast<amsel_engine*>(this);
    const amsel_status status = amsel_engine_open(bundle.c_str(), options, &engine);
    EXPECT_EQ(status == AMSEL_OK, engine != nullptr);
    amsel_engine_close(engine);
    return status;
  }

  static void PlanOnnxRuntime(BundleContents& contents) {
    for (ManifestCandidate& candidate : contents.manifest.candidates) candidate.costs[0].backend = "onnxruntime";
  }

  TwoCandidates world_{std::string("capi_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
                       PlanOnnxRuntime};
  const std::string image_ = EncodePgm(4, 4, std::string(16, 'x'));
  EngineHandle engine_ = Fake(world_);
};

TEST_F(CApi, AnswersAProgramInC) {
  const std::string file = world_.path() + ".pgm";
  ASSERT_TRUE(WriteFile(file, image_).ok());
  EXPECT_STREQ(CallEverythingFromC(engine_.get(), image_.data(), image_.size(), file.c_str()), nullptr);
}

TEST_F(CApi, NullAndIndicesOutOfRangeAreErrorsEverywhere) {
  EXPECT_STREQ(CallEverythingWrongly(engine_.get(), Run(engine_.get()).get()), nullptr);
}

TEST_F(CApi, ABundleThatCannotBeOpenedIsBadInput) {
  EXPECT_EQ(Open("/nowhere"), AMSEL_ERROR_BAD_INPUT);
  EXPECT_THAT(amsel_last_error(), HasSubstr("/nowhere"));
  EXPECT_EQ(Open(world_.path()), AMSEL_OK);
  const std::string manifest = world_.path() + "/manifest.json";
  ASSERT_TRUE(WriteFile(manifest, "{\"schema\": \"amsel.bundle/99\"}").ok());
  EXPECT_EQ(Open(world_.path()), AMSEL_ERROR_BAD_INPUT);
  EXPECT_THAT(amsel_last_error(), HasSubstr("manifest.json"));
}

TEST_F(CApi, AMissingOnnxRuntimeIsAFailureAtRunTime) {
  amsel_options options = AMSEL_OPTIONS_INIT;
  options.onnxruntime = "/nowhere/libonnxruntime.so";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_RUNTIME);
  EXPECT_THAT(amsel_last_error(), HasSubstr("/nowhere/libonnxruntime.so"));
}

TEST_F(CApi, PointsAreChosenByNameOrByLimits) {
  const auto point = [&](const amsel_options& options) {
    amsel_engine* opened = nullptr;
    EXPECT_EQ(amsel_engine_open(world_.path().c_str(), &options, &opened), AMSEL_OK) << amsel_last_error();
    const EngineHandle engine(opened);
    return amsel_engine_current_point(opened);
  };
  amsel_options options = AMSEL_OPTIONS_INIT;
  EXPECT_EQ(point(options), 0);
  options.point = "accurate";
  EXPECT_EQ(point(options), 1);
  options.min_accuracy = 0.85;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  options.point = nullptr;
  EXPECT_EQ(point(options), 1);
  options = AMSEL_OPTIONS_INIT;
  options.max_mean_latency_ms = 5;
  EXPECT_EQ(point(options), 0);
  options = AMSEL_OPTIONS_INIT;
  options.max_latency_ms = 1;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("the nearest is `fast`"));
  options = AMSEL_OPTIONS_INIT;
  options.max_energy_mj = 1;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
}

TEST_F(CApi, OptionsThatCannotBeAreRefused) {
  const auto refused = [&](auto change) {
    amsel_options options = AMSEL_OPTIONS_INIT;
    change(options);
    return Open(world_.path(), &options) == AMSEL_ERROR_USAGE;
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(refused([](amsel_options& options) { options.max_latency_ms = -1; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.max_mean_latency_ms = kNan; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.min_accuracy = 1.5; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.max_energy_mj = HUGE_VAL; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.threads = -1; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.max_pixels = -1; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.memory_budget = -1; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.memory_budget = 1; }));
  EXPECT_THAT(amsel_last_error(), HasSubstr("the least that works is"));
  EXPECT_TRUE(refused([](amsel_options& options) { options.size = 0; }));
  EXPECT_TRUE(refused([](amsel_options& options) { options.size = std::size_t{1} << 40; }));
  amsel_run_options run_options = AMSEL_RUN_OPTIONS_INIT;
  run_options.deadline_ms = kNan;
  amsel_answer* answer = nullptr;
  EXPECT_EQ(amsel_run_encoded(engine_.get(), image_.data(), image_.size(), &run_options, &answer), AMSEL_ERROR_USAGE);
}

/// Structs as a later version of the header may have them.
struct NewerOptions {
  amsel_options known;
  double unknown;
};
struct NewerPoint {
  amsel_point known;
  double unknown;
};

TEST_F(CApi, StructsOfANewerHeaderAreTakenWhileTheyAskForNothingUnknown) {
  NewerOptions options{AMSEL_OPTIONS_INIT, 0};
  options.known.size = sizeof(NewerOptions);
  options.known.point = "accurate";
  EXPECT_EQ(Open(world_.path(), &options.known), AMSEL_OK) << amsel_last_error();
  options.unknown = 1;
  EXPECT_EQ(Open(world_.path(), &options.known), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("does not know"));
  NewerPoint point{AMSEL_POINT_INIT, 5};
  point.known.size = sizeof(NewerPoint);
  EXPECT_EQ(amsel_engine_point(engine_.get(), 1, &point.known), AMSEL_OK);
  EXPECT_STREQ(point.known.name, "accurate");
  EXPECT_EQ(point.known.size, sizeof(NewerPoint));
  EXPECT_EQ(point.unknown, 5);
}

TEST_F(CApi, BackEndsAndProvidersThatAreNotThereAreTold) {
  amsel_options options = AMSEL_OPTIONS_INIT;
  options.provider = "cpu";
  options.engine_cache = "/some/folder";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_OK) << amsel_last_error();
  options.provider = "warp";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("no provider `warp`; it has: cpu"));
  options.backend = "warp";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_RUNTIME);
  EXPECT_THAT(amsel_last_error(), HasSubstr("libamsel_warp.so"));
}

TEST_F(CApi, WhatOneCandidateRunsWithComesBeforeWhatAllDo) {
  amsel_candidate_options large = AMSEL_CANDIDATE_OPTIONS_INIT;
  large.name = "large";
  amsel_options options = AMSEL_OPTIONS_INIT;
  options.precision = "full";
  options.graph = "basic";
  options.candidates = &large;
  options.candidate_count = 1;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_OK) << amsel_last_error();
  large.provider = "warp";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("warp"));
  large = AMSEL_CANDIDATE_OPTIONS_INIT;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("name of candidate options is NULL"));
  large.name = "medium";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("medium"));
  large.name = "large";
  large.precision = "quarter";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("there is no precision `quarter`: full, half"));
  large.precision = nullptr;
  options.graph = "some";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("there is no graph optimisation `some`: none, basic, extended, all"));
  options.graph = nullptr;
  options.candidates = nullptr;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("candidate options is NULL"));
}

/// A struct of options as a later version may have it.
struct NewerCandidate {
  amsel_candidate_options known;
  double unknown;
};

TEST_F(CApi, EachCandidatesOptionsAreReadAndWin) {
  std::vector<NewerCandidate> both(2, NewerCandidate{AMSEL_CANDIDATE_OPTIONS_INIT, 0});
  for (NewerCandidate& one : both) one.known.size = sizeof(NewerCandidate);
  both[0].known.name = "small";
  both[1].known.name = "large";
  both[0].known.provider = both[1].known.provider = "cpu";
  amsel_options options = AMSEL_OPTIONS_INIT;
  options.provider = "warp";
  options.candidates = &both[0].known;
  options.candidate_count = 2;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_OK) << amsel_last_error();
  both[1].known.provider = nullptr;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("candidate large"));
  both[1].known.name = "small";
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("two candidate options for `small`"));
  both[1].unknown = 1;
  EXPECT_EQ(Open(world_.path(), &options), AMSEL_ERROR_USAGE);
  EXPECT_THAT(amsel_last_error(), HasSubstr("does not know"));
}

/// A struct of a batch as a later version may have it.
struct NewerImage {
  amsel_image known;
  double unknown;
};

TEST_F(CApi, ABatchOfNewerStructsIsReadStructByStruct) {
  std::vector<NewerImage> images(3,
                                 NewerImage{{sizeof(NewerImage), image_.data(), image_.size(), nullptr, nullptr}, 0});
  amsel_batch* batch = nullptr;
  ASSERT_EQ(amsel_run_batch(engine_.get(), &images[0].known, images.size(), nullptr, &batch), AMSEL_OK)
      << amsel_last_error();
  for (std::size_t i = 0; i < images.size(); ++i) EXPECT_EQ(amsel_answer_class(amsel_batch_answer(batch, i)), 0);
  amsel_batch_free(batch);
  images[2].unknown = 1;
  EXPECT_EQ(amsel_run_batch(engine_.get(), &images[0].known, images.size(), nullptr, &batch), AMSEL_ERROR_USAGE);
  EXPECT_EQ(batch, nullptr);
  images[2] = images[1];
  images[1].known.size = sizeof(amsel_image);
  EXPECT_EQ(amsel_run_batch(engine_.get(), &images[0].known, images.size(), nullptr, &batch), AMSEL_ERROR_USAGE);
}

TEST_F(CApi, WrongPixelsOfABatchAreToldAndTheirLengthIsNotRead) {
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  pixels.format = 99;
  amsel_image image = AMSEL_IMAGE_INIT;
  image.length = 1000;
  image.pixels = &pixels;
  amsel_batch* batch = nullptr;
  ASSERT_EQ(amsel_run_batch(engine_.get(), &image, 1, nullptr, &batch), AMSEL_OK) << amsel_last_error();
  EXPECT_EQ(amsel_batch_answer(batch, 0), nullptr);
  amsel_batch_free(batch);
}

TEST_F(CApi, FilesOfABatchAreReadAndNamedInTheirErrors) {
  const std::string good = testing::TempDir() + "capi_batch.png";
  const std::string bad = testing::TempDir() + "capi_batch.txt";
  ASSERT_TRUE(WriteFile(good, image_).ok());
  ASSERT_TRUE(WriteFile(bad, "no picture").ok());
  std::vector<amsel_image> images(3, AMSEL_IMAGE_INIT);
  images[0].path = good.c_str();
  images[1].path = bad.c_str();
  images[2].path = "/nowhere.jpg";
  amsel_batch* batch = nullptr;
  ASSERT_EQ(amsel_run_batch(engine_.get(), images.data(), images.size(), nullptr, &batch), AMSEL_OK)
      << amsel_last_error();
  EXPECT_EQ(amsel_answer_class(amsel_batch_answer(batch, 0)), 0);
  EXPECT_THAT(amsel_batch_error(batch, 1), HasSubstr(bad + ": "));
  EXPECT_EQ(amsel_batch_status(batch, 2), AMSEL_ERROR_BAD_INPUT);
  EXPECT_THAT(amsel_batch_error(batch, 2), HasSubstr("/nowhere.jpg"));
  amsel_batch_free(batch);
  images[0].bytes = image_.data();
  EXPECT_EQ(amsel_run_batch(engine_.get(), images.data(), 1, nullptr, &batch), AMSEL_ERROR_USAGE);
}

TEST_F(CApi, BytesThatAreNoImageAreBadInput) {
  amsel_answer* answer = reinterpret_cast<amsel_answer*>(this);
  EXPECT_EQ(amsel_run_encoded(engine_.get(), "no pic", 6, nullptr, &answer), AMSEL_ERROR_BAD_INPUT);
  EXPECT_EQ(answer, nullptr);
  EXPECT_THAT(amsel_last_error(), HasSubstr("not a JPEG"));
  EXPECT_EQ(amsel_run_encoded(engine_.get(), "", 0, nullptr, &answer), AMSEL_ERROR_BAD_INPUT);
  EXPECT_EQ(amsel_run_file(engine_.get(), "/nowhere.jpg", nullptr, &answer), AMSEL_ERROR_BAD_INPUT);
  EXPECT_THAT(amsel_last_error(), HasSubstr("/nowhere.jpg"));
  for (std::size_t length = 0; length < image_.size(); ++length) {
    EXPECT_EQ(amsel_run_encoded(engine_.get(), image_.data(), length, nullptr, &answer), AMSEL_ERROR_BAD_INPUT);
  }
}

TEST_F(CApi, ADeadlineCountsFromTheCall) {
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  options.deadline_ms = 1e-6;
  amsel_answer* answer = nullptr;
  EXPECT_EQ(amsel_run_encoded(engine_.get(), image_.data(), image_.size(), &options, &answer), AMSEL_ERROR_RUNTIME);
  EXPECT_THAT(amsel_last_error(), HasSubstr("deadline"));
  ASSERT_EQ(amsel_engine_preload(engine_.get()), AMSEL_OK);
  options.deadline_ms = 3.6e6;
  EXPECT_EQ(amsel_answer_degraded(Run(engine_.get(), &options).get()), 0);
}

TEST_F(CApi, ProblemsOfADegradedAnswerAreTold) {
  world_.Break("small");
  const AnswerHandle answer = Run(engine_.get());
  EXPECT_EQ(amsel_answer_class(answer.get()), 1);
  EXPECT_EQ(amsel_answer_degraded(answer.get()), 1);
  ASSERT_EQ(amsel_answer_problem_count(answer.get()), 1);
  EXPECT_THAT(amsel_answer_problem(answer.get(), 0), HasSubstr("small: the device is on fire"));
}

TEST_F(CApi, WhenNothingCanRunThereIsNoAnswer) {
  world_.Break("small");
  world_.Break("large");
  amsel_answer* answer = nullptr;
  EXPECT_EQ(amsel_run_encoded(engine_.get(), image_.data(), image_.size(), nullptr, &answer), AMSEL_ERROR_RUNTIME);
  EXPECT_EQ(answer, nullptr);
}

TEST_F(CApi, AnAbstentionHasNoClass) {
  TwoCandidates world("capi_test_abstains", TwoCandidates::Abstain);
  const EngineHandle engine = Fake(world);
  const AnswerHandle answer = Run(engine.get());
  EXPECT_EQ(amsel_answer_abstained(answer.get()), 1);
  EXPECT_EQ(amsel_answer_class(answer.get()), -1);
  EXPECT_EQ(amsel_answer_label(answer.get()), nullptr);
  int count = 1;
  EXPECT_EQ(amsel_answer_log_probs(answer.get(), &count), nullptr);
  EXPECT_EQ(count, 0);
}

TEST_F(CApi, CertificatesAreToldAndMarkAnswers) {
  TwoCandidates world("capi_test_certified", [](BundleContents& contents) {
    ManifestCertificate certificate;
    certificate.outcome = ClaimOutcome::kHolds;
    certificate.claim = 0.7;
    certificate.claim_level = 0.025;
    certificate.images = 1200;
    contents.manifest.operating_points[0].certificates.push_back(certificate);
  });
  const EngineHandle engine = Fake(world);
  amsel_point point = AMSEL_POINT_INIT;
  ASSERT_EQ(amsel_engine_point(engine.get(), 0, &point), AMSEL_OK);
  EXPECT_EQ(point.certificate_count, 1);
  EXPECT_THAT(amsel_engine_certificate(engine.get(), 0, 0), HasSubstr("70 %"));
  EXPECT_EQ(amsel_answer_certified(Run(engine.get()).get()), 1);
}

TEST_F(CApi, AnExplanationIsTheJsonOfTheCommandLineAndOutlivesTheEngine) {
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  options.explain = 1;
  const AnswerHandle answer = Run(engine_.get(), &options);
  engine_.reset();
  const Json json = Json::parse(amsel_answer_explanation(answer.get()));
  EXPECT_EQ(json["class"], 0);
  EXPECT_EQ(json["label"], "cat");
  EXPECT_EQ(json["candidates"], Json::array({"small"}));
  EXPECT_EQ(json["operating_point"], "fast");
  EXPECT_EQ(json["steps"].size(), 3U);
  EXPECT_EQ(json["planned"]["top1"], 0.8);
  EXPECT_STREQ(amsel_answer_label(answer.get()), "cat");
}

TEST_F(CApi, ThreadsShareAnEngineAndKeepTheirOwnErrors) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string unknown = "warp" + std::to_string(t);
        EXPECT_EQ(amsel_engine_set_point(engine_.get(), unknown.c_str()), AMSEL_ERROR_USAGE);
        EXPECT_EQ(amsel_engine_set_point(engine_.get(), i % 2 == 0 ? "fast" : "accurate"), AMSEL_OK);
        const AnswerHandle answer = Run(engine_.get());  // beside those of the other threads
        const bool fast = std::string(amsel_answer_point(answer.get())) == "fast";
        EXPECT_EQ(amsel_answer_class(answer.get()), fast ? 0 : 1);
        EXPECT_THAT(amsel_last_error(), HasSubstr(unknown));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace amsel
