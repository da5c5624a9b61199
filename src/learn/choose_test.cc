// What `auto` chooses, on worlds of which one can say beforehand what each policy can do there.
#include "learn/choose.h"

#include <gtest/gtest.h>

#include "learn/labels.h"
#include "tests/support/easy_and_hard.h"

namespace amsel {
namespace {

constexpr std::size_t kImages = 300;

/// One half of the images: what a feature may tell.
bool Dark(std::size_t i) {
  return i / 3 % 2 == 0;
}

int Rank(bool right) {
  return right ? 0 : 1;
}

/// The same of answers that say nothing of how sure they are.
Outcomes Unsure(Outcomes outcomes) {
  outcomes.labels = {"right"};
  for (OutcomeImage& image : outcomes.images) image.label = 0;
  outcomes.log_probs.clear();
  return outcomes;
}

/// The one feature, in so many milliseconds.
Outcomes WithFeature(Outcomes outcomes, double ms, const std::function<float(std::size_t i)>& value) {
  outcomes.feature_names = {"contrast"};
  outcomes.feature_costs_ms = {{"contrast", ms}};
  for (std::size_t i = 0; i < outcomes.image_count(); ++i) outcomes.features.push_back(value(i));
  return outcomes;
}

/// `dark` and `bright` are right in their half, in 1 ms; `general` on three of four images, in 4 ms.
Outcomes TwoExperts() {
  return Unsure(MadeUpOutcomes(kImages, 3)
                    .Add("dark", 1, [](std::size_t i) { return Rank(Dark(i)); })
                    .Add("bright", 1, [](std::size_t i) { return Rank(!Dark(i)); })
                    .Add("general", 4, [](std::size_t i) { return Rank(IsEasy(i)); })
                    .made());
}

LearnedPolicy Chosen(const Outcomes& outcomes) {
  LearnOptions options;
  options.features = outcomes.feature_names;
  return LearnByValidation(outcomes, AllRows(outcomes), options);
}

float Tells(std::size_t i) {
  return Dark(i) ? 0 : 1;
}

TEST(LearnByValidation, TakesTheSimplestOfPremodelsThatGainAlike) {
  // Both premodels are right on all images in 1 ms: the chain is more complex, and gains nothing over the other.
  EXPECT_EQ(Chosen(WithFeature(TwoExperts(), 0.1, Tells)).policy->kind(), "p-right");
}

TEST(LearnByValidation, TakesTheSingleBestWhereFeaturesTellNothing) {
  const LearnedPolicy learned =
      Chosen(WithFeature(MadeUpOutcomes(kImages, 3)
                             .Add("bad", 1, [](std::size_t i) { return Rank(i / 6 % 3 == 0); })
                             .Add("good", 2, [](std::size_t i) { return Rank(i / 6 % 10 != 1); })
                             .made(),
                         0.1, [](std::size_t i) { return static_cast<float>(i % 3); }));
  EXPECT_EQ(learned.policy->kind(), "single");
  EXPECT_EQ(learned.candidates, (std::vector<std::size_t>{1}));
}

TEST(LearnByValidation, TakesNothingThatTakesLongerThanTheSingleBest) {
  // 25 points more accurate, in 1 ms and the features: in 4.1 ms, where the single best takes 4.
  const Outcomes slow = WithFeature(TwoExperts(), 3.1, Tells);
  EXPECT_EQ(slow.candidates[SingleBest(slow, AllRows(slow), 1)].name, "general");
  EXPECT_EQ(Chosen(slow).policy->kind(), "single");
  EXPECT_EQ(Chosen(WithFeature(TwoExperts(), 2.9, Tells)).policy->kind(), "p-right");
}

TEST(LearnByValidation, TakesWhatSavesTimeAndLosesNothing) {
  const Outcomes outcomes = MadeUpOutcomes(kImages, 3)
                                .Add("cheap", 1, [](std::size_t i) { return Rank(Dark(i)); })
                                .Add("dear", 4, [](std::size_t) { return 0; })
                                .made();
  EXPECT_EQ(Chosen(WithFeature(outcomes, 0.1, Tells)).policy->kind(), "p-right");
  EXPECT_EQ(Chosen(WithFeature(outcomes, 1.6, Tells)).policy->kind(), "single");  // 2.5 ms and 1.6 are more than 4
}

TEST(LearnByValidation, TakesTheStagedPolicyWhereAnswersTellWhatFeaturesDoNot) {
  EXPECT_EQ(Chosen(SureWhereRight(kImages)).policy->kind(), "staged");
  EXPECT_EQ(Chosen(WithFeature(SureWhereRight(kImages), 0.1, Tells)).policy->kind(), "staged");
}

TEST(LearnByValidation, TellsWhatCameNearestWhereNothingReplacesTheSingleBest) {
  const Outcomes alike = MadeUpOutcomes(kImages, 3)
                             .Add("small", 1, [](std::size_t i) { return Rank(i / 6 % 2 == 0); })
                             .Add("large", 4, [](std::size_t i) { return Rank(i / 6 % 10 != 1); })
                             .made();  // equally sure everywhere
  const LearnedPolicy learned = Chosen(alike);
  EXPECT_EQ(learned.policy->kind(), "single");
  EXPECT_TRUE(learned.near_miss.has_value());
}

}  // namespace
}  // namespace amsel
