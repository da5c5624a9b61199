#include "amsel/decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <thread>

#include "image/decode.h"
#include "runtime/course.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DecisionsTest : public testing::Test {
 protected:
  explicit DecisionsTest(const std::function<void(BundleContents&)>& change = {})
      : world_(std::string("decisions_") + testing::UnitTest::GetInstance()->current_test_info()->name(), change),
        engine_(Engine::Open(world_.path(), ByCaller()).value()),
        decisions_(Decisions::Create(engine_).value()) {}

  static EngineOptions ByCaller() {
    EngineOptions options;
    options.session.backend = "caller";
    return options;
  }

  /// Runs what is asked for, each candidate giving what `outputs` has, to the end.
  Status Drive(const std::map<CandidateId, std::vector<float>>& outputs, std::vector<ExplainedStep>* steps = nullptr) {
    decisions_.Begin(steps);
    for (;;) {
      const Step step = decisions_.Next();
      if (step.kind == Step::Kind::kExtract) {
        if (Status status = decisions_.Extract(image_); !status.ok()) return status;
      } else if (step.kind == Step::Kind::kRun) {
        if (Status status = decisions_.Ran(step.candidate, outputs.at(step.candidate), milliseconds(3)); !status.ok()) {
          return status;
        }
      } else {
        return decisions_.Finish(answer_);
      }
    }
  }

  TwoCandidates world_;
  Engine engine_;
  Decisions decisions_;
  const Image image_{4, 4, std::vector<std::uint8_t>(48, 'x')};
  Answer answer_;
};

class StagedDecisionsTest : public DecisionsTest {
 protected:
  StagedDecisionsTest() : DecisionsTest(TwoCandidates::GoOn) {}
};

class OwnDecisionsTest : public DecisionsTest {
 protected:
  OwnDecisionsTest() : DecisionsTest(TwoCandidates::OwnAnswers) {}

  void LetTheLargeAnswer() {
    ASSERT_EQ(decisions_.Next().candidate, TwoCandidates::kLarge);
    ASSERT_TRUE(decisions_.RanWithConfidence(TwoCandidates::kLarge, 0.6F).ok());
    EXPECT_EQ(decisions_.Next().kind, Step::Kind::kAnswer);
    ASSERT_TRUE(decisions_.Finish(answer_).ok());
    EXPECT_EQ(answer_.whose, TwoCandidates::kLarge);
    EXPECT_NEAR(answer_.probability, 0.6, 1e-3);
  }
};

class UnsureDecisionsTest : public DecisionsTest {
 protected:
  UnsureDecisionsTest() : DecisionsTest(TwoCandidates::Abstain) {}
};

TEST_F(DecisionsTest, AnswerAsTheEngineThatRunsTheCandidatesItself) {
  auto engine = Engine::Open(world_.path(), world_.backend);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  for (const char* point : {"fast", "accurate"}) {
    ASSERT_TRUE(engine->SetOperatingPoint(point).ok());
    ASSERT_TRUE(engine_.SetOperatingPoint(point).ok());
    const auto expected = engine->Run(image_);
    ASSERT_TRUE(expected.ok());
    ASSERT_TRUE(Drive({{TwoCandidates::kSmall, {2, 0}}, {TwoCandidates::kLarge, {0, 2}}}).ok());
    EXPECT_EQ(answer_.label, expected->label);
    EXPECT_EQ(answer_.log_probs, expected->log_probs);
    EXPECT_EQ(answer_.feature_values, expected->feature_values);
    EXPECT_EQ(answer_.operating_point, point);
    EXPECT_EQ(answer_.runs.size(), expected->runs.size());
    EXPECT_FALSE(answer_.degraded);
    EXPECT_FALSE(answer_.certified);
  }
}

TEST_F(DecisionsTest, NeedNoFileOfADnn) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.path())) {
    if (entry.path().extension() == ".onnx") std::filesystem::remove(entry.path());
  }
  auto engine = Engine::Open(world_.path(), ByCaller());
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  auto decisions = Decisions::Create(*engine);
  ASSERT_TRUE(decisions.ok()) << decisions.error().message;
  EXPECT_EQ(decisions->Next().kind, Step::Kind::kExtract);
  const auto answer = engine->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("small: "));
}

TEST_F(StagedDecisionsTest, GoOnUntilTheAnswerIsSureEnough) {
  ASSERT_TRUE(Drive({{TwoCandidates::kSmall, {0.5F, 0}}, {TwoCandidates::kLarge, {0, 4}}}).ok());
  EXPECT_EQ(answer_.runs.size(), 2);
  EXPECT_EQ(answer_.label, 1);
  EXPECT_GE(answer_.total, milliseconds(6));
  ASSERT_TRUE(Drive({{TwoCandidates::kSmall, {9, 0}}}).ok());  // the next input begins anew
  EXPECT_EQ(answer_.runs.size(), 1);
  EXPECT_EQ(answer_.label, 0);
}

TEST_F(StagedDecisionsTest, SayTheSameUntilItIsDone) {
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{0.5F, 0}).ok());
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kLarge);
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kLarge);
}

TEST_F(StagedDecisionsTest, DoWithoutWhatFailedAndSaySo) {
  ASSERT_TRUE(decisions_.Failed(TwoCandidates::kSmall, "the accelerator is gone").ok());
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kLarge);
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kLarge, std::vector<float>{0, 4}).ok());
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kAnswer);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.degraded);
  EXPECT_THAT(answer_.problems, ElementsAre("small: the accelerator is gone"));
}

TEST_F(StagedDecisionsTest, DoWithoutWhatIsNotAvailableNow) {
  CandidateSet small_only;
  small_only.Insert(TwoCandidates::kSmall);
  ASSERT_TRUE(decisions_.Ran(decisions_.Next(small_only).candidate, std::vector<float>{0.5F, 0}).ok());
  EXPECT_EQ(decisions_.Next(small_only).kind, Step::Kind::kAnswer);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.degraded);
  EXPECT_EQ(answer_.problems.size(), 1);
  decisions_.Begin();
  EXPECT_EQ(decisions_.Next(small_only).candidate, TwoCandidates::kSmall);  // as it would have been anyway
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{9, 0}).ok());
  EXPECT_EQ(decisions_.Next(small_only).kind, Step::Kind::kAnswer);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_FALSE(answer_.degraded);
  EXPECT_THAT(answer_.problems, IsEmpty());
}

TEST_F(StagedDecisionsTest, AnAnswerBeforeTheEndIsDegraded) {
  EXPECT_FALSE(decisions_.Finish(answer_).ok());  // never a default answer
  ASSERT_TRUE(decisions_.Ran(decisions_.Next().candidate, std::vector<float>{0.5F, 0}).ok());
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.degraded);
  EXPECT_EQ(answer_.label, 0);
  ASSERT_TRUE(decisions_.Ran(decisions_.Next().candidate, std::vector<float>{4, 0}).ok());  // it may go on
  decisions_.Next();
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_FALSE(answer_.degraded);
  EXPECT_EQ(answer_.runs.size(), 2);
}

TEST_F(StagedDecisionsTest, WrongCallsChangeNothing) {
  EXPECT_THAT(decisions_.Ran(7, std::vector<float>{0, 0}).error().message, HasSubstr("there is no candidate 7"));
  EXPECT_THAT(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{0, 0, 0}).error().message,
              HasSubstr("small: the candidate gave 3 values, expected 2"));
  EXPECT_THAT(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{NAN, 0}).error().message, HasSubstr("small: "));
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{0.5F, 0}).ok());
  EXPECT_THAT(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{0, 0}).error().message,
              HasSubstr("small has already run or failed"));
  EXPECT_THAT(decisions_.Failed(TwoCandidates::kSmall, "late").error().message,
              HasSubstr("small has already run or failed"));
  EXPECT_FALSE(decisions_.Extract(image_).ok());  // this policy reads no features
}

TEST_F(DecisionsTest, FeaturesMayComeFromElsewhereOrNotAtAll) {
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kExtract);
  EXPECT_FALSE(decisions_.GiveFeatures(std::vector<float>{1, 2}).ok());
  ASSERT_TRUE(decisions_.GiveFeatures(std::vector<float>{17}, milliseconds(2)).ok());
  ASSERT_TRUE(decisions_.Ran(decisions_.Next().candidate, std::vector<float>{2, 0}, milliseconds(3)).ok());
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kAnswer);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_THAT(answer_.feature_values, ElementsAre(17));
  EXPECT_EQ(answer_.features, milliseconds(2));
  EXPECT_GE(answer_.total, milliseconds(5));
  decisions_.Begin();
  decisions_.DenyFeatures("the camera has none");
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kLarge);  // the most capable runs without them
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kLarge, std::vector<float>{0, 2}).ok());
  decisions_.Next();
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.degraded);
  EXPECT_THAT(answer_.problems, ElementsAre("the image features: the camera has none"));
}

TEST_F(UnsureDecisionsTest, MayAbstain) {
  ASSERT_TRUE(Drive({{TwoCandidates::kSmall, {0.5F, 0}}}).ok());
  EXPECT_TRUE(answer_.abstained);
  EXPECT_EQ(answer_.label, -1);
  EXPECT_THAT(answer_.log_probs, IsEmpty());
}

TEST_F(UnsureDecisionsTest, AbstainWholeAlsoAfterAnAnswerThatWasAskedForEarly) {
  ASSERT_TRUE(decisions_.Ran(decisions_.Next().candidate, std::vector<float>{0.5F, 0}).ok());
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_EQ(answer_.label, 0);
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kAbstain);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.abstained);
  EXPECT_EQ(answer_.label, -1);
  EXPECT_EQ(answer_.probability, 0);
  EXPECT_THAT(answer_.log_probs, IsEmpty());
}

TEST_F(StagedDecisionsTest, WhatRanWithoutHavingBeenAskedForDegrades) {
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kLarge, std::vector<float>{0, 4}).ok());
  ASSERT_TRUE(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{9, 0}).ok());
  decisions_.Next();
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_TRUE(answer_.degraded);
  EXPECT_THAT(answer_.problems[0], HasSubstr("large: ran without having been asked for"));
}

TEST_F(StagedDecisionsTest, WaitingForWhoIsBusyDegradesNothing) {
  CandidateSet large_only;
  large_only.Insert(TwoCandidates::kLarge);
  EXPECT_EQ(decisions_.Next(large_only).candidate, TwoCandidates::kLarge);  // or the caller waits:
  ASSERT_TRUE(decisions_.Ran(decisions_.Next().candidate, std::vector<float>{9, 0}).ok());
  decisions_.Next();
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_FALSE(answer_.degraded);
}

TEST_F(DecisionsTest, FeaturesAreFinite) {
  EXPECT_THAT(decisions_.GiveFeatures(std::vector<float>{NAN}).error().message, HasSubstr("the feature contrast"));
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kExtract);
}

TEST(Decisions, AreNeverCertifiedThoughTheEnginesOwnAnswersAre) {
  TwoCandidates world("decisions_certified", [](BundleContents& contents) {
    ManifestCertificate certificate;
    certificate.outcome = ClaimOutcome::kHolds;
    certificate.claim = 0.75;
    certificate.claim_level = 0.025;
    certificate.images = 1200;
    contents.manifest.operating_points.front().certificates = {certificate};
  });
  Engine engine = Engine::Open(world.path(), world.backend).value();
  const Image image{4, 4, std::vector<std::uint8_t>(48, 'x')};
  ASSERT_TRUE(engine.Run(image)->certified);
  Decisions decisions = Decisions::Create(engine).value();
  ASSERT_TRUE(decisions.Extract(image).ok());
  ASSERT_TRUE(decisions.Ran(decisions.Next().candidate, std::vector<float>{2, 0}).ok());
  ASSERT_EQ(decisions.Next().kind, Step::Kind::kAnswer);
  Answer answer;
  ASSERT_TRUE(decisions.Finish(answer).ok());
  EXPECT_FALSE(answer.degraded);
  EXPECT_FALSE(answer.certified);
}

TEST_F(StagedDecisionsTest, OfOneEngineMayBeMadeByManyThreads) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      Decisions own = Decisions::Create(engine_).value();
      Answer answer;
      for (int input = 0; input < 50; ++input) {
        own.Begin();
        for (Step step = own.Next(); step.kind == Step::Kind::kRun; step = own.Next()) {
          ASSERT_TRUE(own.Ran(step.candidate, std::vector<float>{t % 2 == 0 ? 9.0F : 0.5F, 0}).ok());
        }
        ASSERT_TRUE(own.Finish(answer).ok());
        EXPECT_EQ(answer.runs.size(), t % 2 == 0 ? 1U : 2U);
      }
    });
  }
}

TEST_F(StagedDecisionsTest, AreExplained) {
  std::vector<ExplainedStep> steps;
  ASSERT_TRUE(Drive({{TwoCandidates::kSmall, {0.5F, 0}}, {TwoCandidates::kLarge, {0, 4}}}, &steps).ok());
  ASSERT_EQ(steps.size(), 3);
  EXPECT_EQ(steps[1].step.candidate, TwoCandidates::kLarge);
  EXPECT_THAT(steps[1].path, ElementsAre(TwoCandidates::kSmall));
  EXPECT_EQ(steps[2].step.kind, Step::Kind::kAnswer);
}

TEST_F(OwnDecisionsTest, StopAtAnAnswerThatIsLikelyRight) {
  ASSERT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);
  ASSERT_TRUE(decisions_.RanWithConfidence(TwoCandidates::kSmall, 0.9F, milliseconds(3)).ok());
  EXPECT_EQ(decisions_.Next().kind, Step::Kind::kAnswer);
  ASSERT_TRUE(decisions_.Finish(answer_).ok());
  EXPECT_EQ(answer_.whose, TwoCandidates::kSmall);
  EXPECT_NEAR(answer_.probability, 1 / (1 + std::exp(-(2 * std::log(9.0) - 1))), 1e-3);  // 96.75 %
  EXPECT_EQ(answer_.label, -1);
  EXPECT_THAT(answer_.log_probs, IsEmpty());
  EXPECT_FALSE(answer_.degraded);
  EXPECT_FALSE(answer_.certified);
}

TEST_F(OwnDecisionsTest, GoOnToAnotherWhoseAnswerThenCounts) {
  ASSERT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);
  ASSERT_TRUE(decisions_.RanWithConfidence(TwoCandidates::kSmall, 0.8F).ok());  // 85.5 %
  LetTheLargeAnswer();
}

TEST_F(OwnDecisionsTest, DoWithoutACandidateThatFails) {
  ASSERT_TRUE(decisions_.Failed(TwoCandidates::kSmall, "on fire").ok());
  LetTheLargeAnswer();
  EXPECT_TRUE(answer_.degraded);
}

TEST_F(OwnDecisionsTest, TakeConfidencesAlone) {
  EXPECT_THAT(decisions_.Ran(TwoCandidates::kSmall, std::vector<float>{1}).error().message,
              HasSubstr("takes confidences, not outputs"));
  for (const float confidence : {-0.1F, 1.1F, NAN}) {
    const Status refused = decisions_.RanWithConfidence(TwoCandidates::kSmall, confidence);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(refused.error().message, HasSubstr("small: a confidence is a number from 0 to 1"));
  }
  EXPECT_THAT(decisions_.RanWithConfidence(7, 0.5F).error().message, HasSubstr("there is no candidate 7"));
  EXPECT_EQ(decisions_.Next().candidate, TwoCandidates::kSmall);  // none of which changed anything
}

TEST_F(StagedDecisionsTest, TakeOutputsWhereThereAreClasses) {
  EXPECT_THAT(decisions_.RanWithConfidence(TwoCandidates::kSmall, 0.5F).error().message,
              HasSubstr("takes outputs, not confidences"));
}

TEST_F(OwnDecisionsTest, AreAllThatTheirEngineGives) {
  auto planned = Engine::Open(world_.path());
  ASSERT_TRUE(planned.ok()) << planned.error().message;
  const auto answer = planned->Run(image_);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(answer.error().message, HasSubstr("has no DNNs and knows no classes"));
  const ImageSource batch[] = {ImageView(image_)};
  EXPECT_THAT(planned->RunBatch(batch)[0].error().message, HasSubstr("has no DNNs and knows no classes"));
  const auto elsewhere = Engine::Open(world_.path(), world_.backend);
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("has no DNNs and knows no classes"));
}

}  // namespace
}  // namespace amsel
