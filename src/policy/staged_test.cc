#include "policy/staged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "policy/drive.h"
#include "tests/support/naive_walker.h"
#include "tests/support/staged_plans.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kFull = 0;  // operating points of HandMadePlan
constexpr int kGated = 1;

/// Follows one image to its end; those in `broken` fail.
Course Follow(Episode& episode, const WalkedImage& image, CandidateSet allowed, CandidateSet broken = {}) {
  Course course;
  episode.Begin();
  course.last = Drive(
      episode, allowed,
      [&] {
        ++course.extracted;
        (void)episode.Explain(allowed);  // must change nothing
        episode.ObserveFeatures(image.features);
      },
      [&](CandidateId id) {
        (void)episode.Explain(allowed);
        course.tried.push_back(id);
        if (broken.Contains(id)) return false;
        episode.Observe(id, image.answers[static_cast<std::size_t>(id)]);
        return true;
      });
  course.path.assign(episode.path().begin(), episode.path().end());
  const Prediction answer = episode.Answer();
  course.label = answer.label;
  course.log_probs.assign(answer.log_probs.begin(), answer.log_probs.end());
  return course;
}

Course Follow(const StagedPolicy& policy, int point, const WalkedImage& image, std::vector<CandidateId> broken = {}) {
  CandidateSet failing;
  for (const CandidateId id : broken) failing.Insert(id);
  Episode episode(policy, point);
  return Follow(episode, image, CandidateSet::All(policy.candidate_count()), failing);
}

/// Four candidates' probabilities of the second class.
WalkedImage Seconds(double p0, double p1, double p2, double p3, float feature = 2) {
  return {{Sure(p0), Sure(p1), Sure(p2), Sure(p3)}, {feature}};
}

TEST(StagedPolicy, StopsWhenSureAndTakesTheFirstBranchWhoseThresholdLiesAbove) {
  const StagedPolicy policy = HandMadePlan().Policy();
  struct {
    double first;  // what candidate 0 gives the second class
    std::vector<CandidateId> path;
  } const kCases[] = {{0.95, {0}},    {0.05, {0}},    {0.91, {0}},    {0.89, {0, 1}},
                      {0.61, {0, 1}}, {0.59, {0, 3}}, {0.50, {0, 3}}, {0.11, {0, 1}}};
  for (const auto& [first, path] : kCases) {
    const double agrees = first < 0.5 ? 0.1 : 0.9;
    const Course course = Follow(policy, kFull, Seconds(first, agrees, 0.5, 0.2));
    EXPECT_EQ(course.path, path) << first;
    EXPECT_EQ(course.last.kind, Step::Kind::kAnswer);
  }
}

TEST(StagedPolicy, TheSignalAfterAStageIsThatOfItsPool) {
  const StagedPolicy policy = HandMadePlan().Policy();
  const Course course = Follow(policy, kFull, Seconds(0.8, 0.2, 0.5, 0.9));  // 0 and 1 pool to one half
  EXPECT_THAT(course.path, ElementsAre(0, 1, 3));
  EXPECT_EQ(course.label, 1);
  EXPECT_NEAR(std::exp(course.log_probs[1]), 0.9, 1e-6);  // the last head sees candidate 3 alone
  const Course pooled = Follow(policy, kFull, Seconds(0.8, 0.9, 0.5, 0.9));
  EXPECT_THAT(pooled.path, ElementsAre(0, 1));
  EXPECT_NEAR(std::exp(pooled.log_probs[1]), 6.0 / 7, 1e-6);  // √(0.8 · 0.9) against √(0.2 · 0.1)
  EXPECT_NEAR(pooled.last.value, 6.0 / 7, 1e-6);
}

TEST(StagedPolicy, StepsTellThePriceAndHowSureItIsSoFar) {
  const StagedPolicy policy = HandMadePlan().Policy();
  Episode episode(policy);
  episode.Begin();
  const CandidateSet all = CandidateSet::All(4);
  const Step first = episode.Next(all);
  EXPECT_EQ(first.price, 1);
  EXPECT_EQ(first.value, 0);
  episode.Observe(0, Sure(0.55));
  const Step second = episode.Next(all);
  EXPECT_EQ(second.candidate, 3);
  EXPECT_EQ(second.price, 8);
  EXPECT_NEAR(second.value, 0.55, 1e-6);
}

TEST(StagedPolicy, AsksForFeaturesOnlyWhereAGatedStageIsReached) {
  const StagedPolicy policy = HandMadePlan().Policy();
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.95, 0.5, 0.5, 0.5)).extracted, 0);
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.55, 0.5, 0.5, 0.5)).extracted, 0);
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.8, 0.9, 0.5, 0.5)).extracted, 1);
  EXPECT_EQ(Follow(policy, kGated, Seconds(0.5, 0.5, 0.5, 0.5)).extracted, 1);
}

TEST(StagedPolicy, TheGateChoosesByTheImage) {
  const StagedPolicy policy = HandMadePlan().Policy();
  EXPECT_THAT(Follow(policy, kGated, Seconds(0.5, 0.5, 0.5, 0.5, 2)).path, ElementsAre(1));
  EXPECT_THAT(Follow(policy, kGated, Seconds(0.5, 0.5, 0.5, 0.5, 8)).path, ElementsAre(2));
  EXPECT_THAT(Follow(policy, kGated, Seconds(0.5, 0.5, 0.5, 0.5, 5)).path, ElementsAre(1));  // a tie: the earlier
}

TEST(StagedPolicy, WhereTheGatesChoiceFailsItTakesTheNextBestAndPoolsThatInstead) {
  const StagedPolicy policy = HandMadePlan().Policy();
  const Course course = Follow(policy, kFull, Seconds(0.8, 0.9, 0.2, 0.9, 2), {1});
  EXPECT_THAT(course.tried, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(course.path, ElementsAre(0, 2, 3));
  const Course sure = Follow(policy, kFull, Seconds(0.8, 0.1, 0.9, 0.9, 2), {1});
  EXPECT_THAT(sure.path, ElementsAre(0, 2));
  EXPECT_NEAR(std::exp(sure.log_probs[1]), 6.0 / 7, 1e-6);
}

TEST(StagedPolicy, WhereAFixedStageFailsItAnswersWithWhatHasRun) {
  const StagedPolicy policy = HandMadePlan().Policy();
  const Course course = Follow(policy, kFull, Seconds(0.55, 0.1, 0.1, 0.1), {3});
  EXPECT_THAT(course.tried, ElementsAre(0, 3));
  EXPECT_EQ(course.last.kind, Step::Kind::kAnswer);
  EXPECT_EQ(course.label, 1);
  EXPECT_NEAR(std::exp(course.log_probs[1]), 0.55, 1e-6);
  const Course gated = Follow(policy, kFull, Seconds(0.8, 0.1, 0.1, 0.1), {1, 2});
  EXPECT_THAT(gated.tried, ElementsAre(0, 1, 2));
  EXPECT_THAT(gated.path, ElementsAre(0));
  EXPECT_NEAR(std::exp(gated.log_probs[1]), 0.8, 1e-6);
}

TEST(StagedPolicy, WhereNothingHasRunTheMostCapableThatMayAnswersByItsOwnHead) {
  StagedParts parts = HandMadePlan();
  parts.plan.heads[2].maps[0].values = {2, 0, 0, 2};  // candidate 3 is not sure enough by itself
  const StagedPolicy policy = parts.Policy();
  const Course course = Follow(policy, kFull, Seconds(0.5, 0.5, 0.5, 0.8), {0});
  EXPECT_THAT(course.tried, ElementsAre(0, 3));
  EXPECT_EQ(course.last.kind, Step::Kind::kAnswer);
  EXPECT_NEAR(std::exp(course.log_probs[1]), 0.64 / 0.68, 1e-6);
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.5, 0.5, 0.8, 0.5), {0, 3}).path, ElementsAre(2));
  EXPECT_THAT(Follow(policy, kGated, Seconds(0.8, 0.5, 0.5, 0.5), {1, 2, 3}).path, ElementsAre(0));
}

TEST(StagedPolicy, WhereAllFailThereIsNoAnswer) {
  const StagedPolicy policy = HandMadePlan().Policy();
  for (const int point : {kFull, kGated}) {
    const Course course = Follow(policy, point, Seconds(0.9, 0.9, 0.9, 0.9), {0, 1, 2, 3});
    EXPECT_EQ(course.tried.size(), 4U);
    EXPECT_EQ(course.last.kind, Step::Kind::kAbstain);
    EXPECT_EQ(course.label, -1);
    EXPECT_THAT(course.log_probs, IsEmpty());
  }
}

TEST(StagedPolicy, WhomTheGateChoosesAndHasRunAlreadyFillsTheStageForNothing) {
  StagedParts parts = HandMadePlan();
  parts.plan.slots[0].members = {1};  // the gate of slot 1 chooses between 1 and 2
  const StagedPolicy policy = parts.Policy();
  const Course once = Follow(policy, kFull, Seconds(0.5, 0.8, 0.9, 0.9, 2));
  EXPECT_THAT(once.path, ElementsAre(1));
  EXPECT_EQ(once.extracted, 1);
  EXPECT_NEAR(std::exp(once.log_probs[1]), 0.8, 1e-6);  // the mean of the same twice
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.5, 0.65, 0.9, 0.9, 2)).path, ElementsAre(1, 3));  // on to the stage after
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.5, 0.8, 0.9, 0.9, 8)).path, ElementsAre(1, 2));
}

TEST(StagedPolicy, AgreementIsTheShareOfCandidatesThatGiveThePooledAnswer) {
  StagedParts parts = HandMadePlan();
  parts.plan.signal = StopSignal::kAgreement;
  parts.plan.nodes[0].branches = {{0.01F, 1, 0.5F}};  // nobody agrees after one
  const StagedPolicy policy = parts.Policy();
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.999, 0.9, 0.5, 0.5)).path, ElementsAre(0, 1));
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.51, 0.52, 0.5, 0.5)).path, ElementsAre(0, 1));
  EXPECT_THAT(Follow(policy, kFull, Seconds(0.999, 0.4, 0.5, 0.5)).path, ElementsAre(0, 1, 3));  // a half is below 0.7
}

TEST(StagedPolicy, AnAnswerBelowTheLimitIsWithheld) {
  StagedParts parts = HandMadePlan();
  parts.plan.abstain_below = 0.8F;
  const StagedPolicy policy = parts.Policy();
  const Course unsure = Follow(policy, kFull, Seconds(0.55, 0.5, 0.5, 0.79));
  EXPECT_THAT(unsure.path, ElementsAre(0, 3));
  EXPECT_EQ(unsure.last.kind, Step::Kind::kAbstain);
  EXPECT_NEAR(unsure.last.value, 0.79, 1e-6);
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.55, 0.5, 0.5, 0.81)).last.kind, Step::Kind::kAnswer);
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.55, 0.5, 0.5, 0.9), {3}).last.kind, Step::Kind::kAbstain);
  EXPECT_EQ(Follow(policy, kFull, Seconds(0.5, 0.5, 0.5, 0.7), {0}).last.kind, Step::Kind::kAbstain);
}

TEST(StagedPolicy, WhereFeaturesAreDeniedItAnswersOrWithholdsByWhatHasRun) {
  StagedParts parts = HandMadePlan();
  parts.plan.abstain_below = 0.85F;
  const StagedPolicy policy = parts.Policy();
  Episode episode(policy, kFull);
  const CandidateSet all = CandidateSet::All(4);
  for (const double sure : {0.8, 0.87}) {  // below 0.9 a gate would choose who goes on
    episode.Begin();
    episode.Observe(0, Sure(sure));
    EXPECT_EQ(episode.Next(all).kind, Step::Kind::kExtract);
    episode.DenyFeatures();
    EXPECT_EQ(episode.Next(all).kind, sure < 0.85 ? Step::Kind::kAbstain : Step::Kind::kAnswer);
    EXPECT_NEAR(episode.Answer().probability, sure, 1e-3);
  }
}

TEST(StagedPolicy, AnEpisodeForgetsTheInputBefore) {
  const StagedPolicy policy = HandMadePlan().Policy();
  Episode episode(policy);
  const CandidateSet all = CandidateSet::All(4);
  EXPECT_THAT(Follow(episode, Seconds(0.95, 0.5, 0.5, 0.5), all).path, ElementsAre(0));
  EXPECT_THAT(Follow(episode, Seconds(0.55, 0.5, 0.5, 0.5), all).path, ElementsAre(0, 3));
  EXPECT_THAT(Follow(episode, Seconds(0.8, 0.5, 0.5, 0.5, 2), all).path, ElementsAre(0, 1, 3));
  EXPECT_THAT(Follow(episode, Seconds(0.8, 0.5, 0.9, 0.5, 8), all).path, ElementsAre(0, 2));
  EXPECT_THAT(Follow(episode, Seconds(0.95, 0.5, 0.5, 0.5), all).path, ElementsAre(0));
}

TEST(StagedPolicy, ExplainsSignalBranchesAndGate) {
  const StagedPolicy policy = HandMadePlan().Policy();
  Episode episode(policy);
  episode.Begin();
  episode.Observe(0, Sure(0.8));
  const float feature = 8;
  episode.ObserveFeatures({&feature, 1});
  CandidateSet allowed = CandidateSet::All(4);
  allowed.Remove(1);
  const auto notes = episode.Explain(allowed);
  ASSERT_EQ(notes.size(), 5U);
  EXPECT_EQ(notes[0].subject, "pooled confidence");
  EXPECT_NEAR(notes[0].figure, 0.8, 1e-6);
  EXPECT_EQ(notes[1].candidate, 3);
  EXPECT_THAT(notes[1].outcome, testing::StartsWith("it is not, so this does not run; of the training images"));
  EXPECT_EQ(notes[2].candidate, 2);
  EXPECT_THAT(notes[2].outcome, testing::StartsWith("it is, so this runs, for 4 ms; "));
  EXPECT_EQ(notes[3].outcome, "may not run");
  EXPECT_EQ(notes[4].outcome, "chosen by the gate");
}

TEST(StagedPolicy, ExplainsWhyItAnswers) {
  const StagedPolicy policy = HandMadePlan().Policy();
  Episode episode(policy);
  episode.Begin();
  episode.Observe(0, Sure(0.97));
  const auto notes = episode.Explain(CandidateSet::All(4));
  ASSERT_EQ(notes.size(), 4U);
  EXPECT_THAT(notes[1].outcome, testing::StartsWith("it is not, so this does not run"));
  EXPECT_THAT(notes[2].outcome, testing::StartsWith("it is not, so this does not run"));
  EXPECT_EQ(notes[3].outcome, "answers");
}

TEST(StagedPolicy, DecidesAsTheNaiveWalkerDoesWhateverThePlanTheImageAndWhatFails) {
  RandomPlans draw(20240229);
  std::map<std::size_t, int> lengths;  // that the test reaches what it is about
  for (int p = 0; p < 600; ++p) {
    const StagedParts parts = draw.Draw();
    const StagedPolicy policy = parts.Policy();
    const int point = draw.Below(parts.common.operating_points.size());
    Episode episode(policy, point);
    for (int i = 0; i < 10; ++i) {
      WalkedImage image{{}, draw.Values(parts.common.feature_names.size(), -3, 3)};
      CandidateSet allowed;
      CandidateSet broken;
      for (CandidateId id = 0; id < policy.candidate_count(); ++id) {
        std::vector<float> answer = draw.Values(static_cast<std::size_t>(policy.class_count()), -4, 0);
        LogSoftmax(answer);
        image.answers.push_back(std::move(answer));
        if (draw.Below(10) > 0) allowed.Insert(id);
        if (i % 2 == 1 && draw.Below(4) == 0) broken.Insert(id);
      }
      const Course expected = NaiveWalker(parts, image, allowed, broken).Walk(point);
      const Course course = Follow(episode, image, allowed, broken);
      ASSERT_EQ(course.tried, expected.tried) << p << " " << i;
      ASSERT_EQ(course.path, expected.path) << p << " " << i;
      ASSERT_EQ(course.extracted, expected.extracted) << p << " " << i;
      ASSERT_EQ(course.last.kind, expected.last.kind) << p << " " << i;
      ASSERT_EQ(course.label, expected.label) << p << " " << i;
      for (std::size_t k = 0; k < expected.log_probs.size(); ++k) {
        ASSERT_NEAR(course.log_probs[k], expected.log_probs[k], 1e-4);
      }
      ++lengths[course.path.size()];
    }
  }
  for (std::size_t length = 0; length <= 4; ++length) EXPECT_GT(lengths[length], 20) << length;
}

}  // namespace
}  // namespace amsel
