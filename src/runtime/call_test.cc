#include "runtime/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/placement.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Wants `order` one after another, then `last`. What may not run it skips; where nothing has run it abstains.
class Ordered final : public Policy {
 public:
  explicit Ordered(std::vector<CandidateId> order, Step::Kind last = Step::Kind::kAnswer, bool reads_features = false)
      : order_(std::move(order)), last_(last), features_(reads_features ? 1 : 0, "contrast") {}
  std::string_view kind() const override { return "ordered"; }
  int candidate_count() const override { return 2; }
  int class_count() const override { return 2; }
  const std::vector<std::string>& feature_names() const override { return features_; }
  const std::vector<std::string>& operating_points() const override { return points_; }
  Step Next(const EpisodeState& state, CandidateSet allowed) const override {
    if (state.features.size() < features_.size()) return {Step::Kind::kExtract, kNoCandidate, 0, 0};
    for (const CandidateId id : order_) {
      if (allowed.Contains(id)) return {Step::Kind::kRun, id, 1, 0.5F};
    }
    return {state.path.empty() ? Step::Kind::kAbstain : last_, kNoCandidate, 0, 0};
  }
  std::vector<ExplanationNote> Explain(const EpisodeState&, CandidateSet) const override {
    if (slow_to_explain != nullptr) slow_to_explain->Advance(std::chrono::hours(1));
    return {{kNoCandidate, "order", 1, "as given"}};
  }
  void Save(PolicyRecord&) const override {}
  FakeClock* slow_to_explain = nullptr;

 private:
  std::vector<CandidateId> order_;
  Step::Kind last_;
  std::vector<std::string> features_;
  std::vector<std::string> points_{"default"};
};

class CallTest : public testing::Test {
 protected:
  Result<Answer> Run(const Policy& policy, const TimeBudget& budget = {}, std::vector<ExplainedStep>* steps = nullptr) {
    Episode episode(policy);
    return Call(workspace_, policy, episode, image_, budget, steps).Run();
  }
  void Load() {
    EXPECT_TRUE(workspace_.store().Get(TwoCandidates::kSmall).ok());
    EXPECT_TRUE(workspace_.store().Get(TwoCandidates::kLarge).ok());
  }
  Workspace Fresh() {
    const std::vector<Placement> placements = PlaceCandidatesOn(bundle_.manifest(), {}, world_.backend).value();
    return Workspace::Create(std::make_shared<CandidateStore>(bundle_, placements, world_.clock)).value();
  }
  static std::vector<CandidateId> Path(const Answer& answer) {
    std::vector<CandidateId> path;
    for (const CandidateRun& run : answer.runs) path.push_back(run.candidate);
    return path;
  }

  TwoCandidates world_{std::string("call_test_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  const Bundle bundle_ = Bundle::Open(world_.path()).value();
  Workspace workspace_ = Fresh();
  const Image image_{4, 4, std::vector<std::uint8_t>(48, 'x')};
  const Ordered both_{{TwoCandidates::kSmall, TwoCandidates::kLarge}};
};

TEST_F(CallTest, WithoutADeadlineAllRuns) {
  const auto answer = Run(both_);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(Path(*answer), ElementsAre(TwoCandidates::kSmall, TwoCandidates::kLarge));
  EXPECT_FALSE(answer->degraded);
  EXPECT_EQ(answer->total, milliseconds(12));
}

TEST_F(CallTest, ACandidateRunsWhenItsPlannedTimeJustFits) {
  Load();
  const auto answer = Run(both_, {milliseconds(12)});  // 2 for small; large shares its input, so 10 are left for 10
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(Path(*answer), ElementsAre(TwoCandidates::kSmall, TwoCandidates::kLarge));
  EXPECT_FALSE(answer->degraded);
  EXPECT_THAT(answer->problems, IsEmpty());
}

TEST_F(CallTest, WhatDoesNotFitIsLeftOutAndTheAnswerIsDegraded) {
  Load();
  const auto answer = Run(both_, {milliseconds(11)});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(Path(*answer), ElementsAre(TwoCandidates::kSmall));
  EXPECT_EQ(answer->label, 0);
  EXPECT_TRUE(answer->degraded);
  EXPECT_THAT(answer->problems, ElementsAre(HasSubstr("large: did not fit the deadline: needs 10 ms, left were 9 ms")));
}

TEST_F(CallTest, ARestrictionThatChangesNothingDoesNotDegrade) {
  Load();
  const auto answer =
      Run(Ordered({TwoCandidates::kSmall}), {milliseconds(5)});  // large does not fit, and is not wanted
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_FALSE(answer->degraded);
}

TEST_F(CallTest, WhatTheCallHasSpentBeforeCounts) {
  Load();
  EXPECT_FALSE(Run(both_, {milliseconds(15), milliseconds(3)})->degraded);
  EXPECT_TRUE(Run(both_, {milliseconds(15), milliseconds(4)})->degraded);
}

TEST_F(CallTest, AnAnswerThatMissedItsDeadlineIsLate) {
  world_.Answer("small", {2, 0}, 20);  // of a planned 2
  Load();
  const Ordered policy({TwoCandidates::kSmall});
  const auto late = Run(policy, {milliseconds(22), milliseconds(3)});
  ASSERT_TRUE(late.ok()) << late.error().message;
  EXPECT_TRUE(late->late);
  EXPECT_EQ(late->decode, milliseconds(3));
  EXPECT_FALSE(Run(policy, {milliseconds(23), milliseconds(3)})->late);
  EXPECT_FALSE(Run(policy, {})->late);
}

TEST_F(CallTest, LoadingCountsUntilItIsDone) {
  const Ordered policy({TwoCandidates::kLarge, TwoCandidates::kSmall});
  const auto cold = Run(policy, {milliseconds(30)});  // large: 100 to load; small: 20 + 1 + 2
  ASSERT_TRUE(cold.ok()) << cold.error().message;
  EXPECT_EQ(Path(*cold).front(), TwoCandidates::kSmall);  // large is loaded beside it, and may follow
  EXPECT_TRUE(cold->degraded);
  Load();
  EXPECT_FALSE(Run(policy, {milliseconds(30)})->degraded);
}

TEST_F(CallTest, ADeadlineTooShortForAnyCandidateIsAnErrorThatSaysWhatIsNeeded) {
  Load();
  const auto answer = Run(both_, {milliseconds(2)});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(answer.error().message,
              HasSubstr("the deadline of 2 ms is too short: the cheapest candidate needs 3 ms, and 2 ms are left"));
}

TEST_F(CallTest, AFailureLeavesWhatStillFits) {
  Load();
  world_.Break("small");
  workspace_ = Fresh();
  Load();
  EXPECT_EQ(Run(both_, {milliseconds(11)})->label, 1);
  const auto answer = Run(both_, {milliseconds(9)});
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("the cheapest candidate needs 10 ms"));
  EXPECT_THAT(answer.error().message, HasSubstr("small: the device is on fire"));
}

TEST_F(CallTest, FeaturesAreExtractedOnlyWhereACandidateFitsAfterThem) {
  Load();
  const Ordered policy({TwoCandidates::kSmall}, Step::Kind::kAnswer, /*reads_features=*/true);
  EXPECT_EQ(Run(policy, {milliseconds(7)})->feature_values.size(), 1U);  // 4 + 1 + 2
  const auto answer = Run(policy, {milliseconds(6)});
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("the cheapest candidate needs 7 ms"));
}

/// Runs `small`, then wants features; without them it abstains or answers, as it was made.
class FeaturesLater final : public Policy {
 public:
  explicit FeaturesLater(Step::Kind without) : without_(without) {}
  std::string_view kind() const override { return "features-later"; }
  int candidate_count() const override { return 2; }
  int class_count() const override { return 2; }
  const std::vector<std::string>& feature_names() const override { return features_; }
  const std::vector<std::string>& operating_points() const override { return points_; }
  Step Next(const EpisodeState& state, CandidateSet) const override {
    if (state.path.empty()) return {Step::Kind::kRun, TwoCandidates::kSmall, 1, 0.5F};
    if (state.features_denied) return {without_, kNoCandidate, 0, 0.5F};
    if (state.features.empty()) return {Step::Kind::kExtract, kNoCandidate, 0, 0};
    return {Step::Kind::kAnswer, kNoCandidate, 0, 0.5F};
  }
  std::vector<ExplanationNote> Explain(const EpisodeState&, CandidateSet) const override { return {}; }
  void Save(PolicyRecord&) const override {}

 private:
  Step::Kind without_;
  std::vector<std::string> features_{"contrast"};
  std::vector<std::string> points_{"default"};
};

TEST_F(CallTest, WithoutTimeForFeaturesThePolicySaysWhetherWhatHasRunIsEnough) {
  Load();
  const FeaturesLater abstains(Step::Kind::kAbstain);
  EXPECT_FALSE(Run(abstains, {milliseconds(6)})->abstained);  // 2 for small, 4 for the features
  const auto withheld = Run(abstains, {milliseconds(5)});
  ASSERT_TRUE(withheld.ok()) << withheld.error().message;
  EXPECT_TRUE(withheld->abstained);
  EXPECT_EQ(withheld->label, -1);
  EXPECT_TRUE(withheld->degraded);
  EXPECT_THAT(withheld->problems, ElementsAre("the image features did not fit the deadline"));
  const auto given = Run(FeaturesLater(Step::Kind::kAnswer), {milliseconds(5)});
  EXPECT_FALSE(given->abstained);
  EXPECT_TRUE(given->degraded);
  const auto insists = Run(FeaturesLater(Step::Kind::kExtract), {milliseconds(5)});
  EXPECT_TRUE(insists->abstained);
}

TEST_F(CallTest, WhatWasDeniedForOneImageIsAskedForAgainForTheNext) {
  Load();
  const FeaturesLater policy(Step::Kind::kAbstain);
  Episode episode(policy);
  EXPECT_TRUE(Call(workspace_, policy, episode, image_, {milliseconds(5)}).Run()->abstained);
  EXPECT_FALSE(Call(workspace_, policy, episode, image_, {milliseconds(6)}).Run()->abstained);
}

TEST_F(CallTest, AnAbstentionIsNoAnswerAndNoError) {
  const auto answer = Run(Ordered({TwoCandidates::kSmall}, Step::Kind::kAbstain));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_TRUE(answer->abstained);
  EXPECT_EQ(answer->label, -1);
  EXPECT_EQ(answer->probability, 0);
  EXPECT_THAT(answer->log_probs, IsEmpty());
  EXPECT_THAT(Path(*answer), ElementsAre(TwoCandidates::kSmall));
  EXPECT_FALSE(answer->degraded);
}

TEST_F(CallTest, AbstainingBeforeAnythingRanIsAnError) {
  const auto answer = Run(Ordered({}));
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("no candidate could run"));
}

TEST_F(CallTest, ExplainsEachDecisionInItsState) {
  Load();
  std::vector<ExplainedStep> steps;
  const Ordered policy({TwoCandidates::kSmall, TwoCandidates::kLarge}, Step::Kind::kAnswer, /*reads_features=*/true);
  ASSERT_TRUE(Run(policy, {milliseconds(11)}, &steps).ok());
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step.kind, Step::Kind::kExtract);
  EXPECT_THAT(steps[0].left_out, IsEmpty());  // the fake clock charges nothing for features
  EXPECT_EQ(steps[1].step.candidate, TwoCandidates::kSmall);
  EXPECT_THAT(steps[1].path, IsEmpty());
  EXPECT_THAT(steps[2].path, ElementsAre(TwoCandidates::kSmall));
  EXPECT_THAT(steps[2].left_out, ElementsAre(TwoCandidates::kLarge));
  EXPECT_EQ(steps[2].step.kind, Step::Kind::kAnswer);
  EXPECT_EQ(steps[2].notes.at(0).subject, "order");
}

TEST_F(CallTest, ExplainingTakesNoTimeFromTheAnswer) {
  Load();
  Ordered policy = both_;
  policy.slow_to_explain = &world_.clock;
  std::vector<ExplainedStep> steps;
  const auto answer = Run(policy, {milliseconds(12)}, &steps);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_FALSE(answer->degraded);
  EXPECT_EQ(answer->total, milliseconds(12));
}

}  // namespace
}  // namespace amsel
