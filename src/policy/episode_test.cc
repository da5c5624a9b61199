#include <gtest/gtest.h>

#include <cmath>

#include "policy/drive.h"
#include "policy/premodel.h"

namespace amsel {
namespace {

PolicyCommon Common(int candidates) {
  PolicyCommon common;
  common.classes = 2;
  for (int i = 0; i < candidates; ++i) {
    common.costs_ms.push_back(i + 1);
    common.fallback.insert(common.fallback.begin(), i);  // the dearest is the most capable
  }
  return common;
}

void NoFeatures() {
  FAIL() << "no feature is read";
}

const float kFirstClass[] = {-0.1F, -2.4F};
const float kSecondClass[] = {-2.4F, -0.1F};

TEST(Episode, RunsTheChosenCandidateAndAnswersWithItsOwnAnswer) {
  const SinglePolicy policy(Common(3), 1);
  Episode episode(policy);
  for (int round = 0; round < 2; ++round) {  // the second proves that Begin() forgets the first
    episode.Begin();
    EXPECT_EQ(episode.Answer().label, -1);
    std::vector<CandidateId> ran;
    const Step last = Drive(episode, CandidateSet::All(3), NoFeatures, [&](CandidateId id) {
      ran.push_back(id);
      episode.Observe(id, kSecondClass);
      return true;
    });
    EXPECT_EQ(last.kind, Step::Kind::kAnswer);
    EXPECT_EQ(ran, std::vector<CandidateId>{1});
    EXPECT_EQ(episode.Answer().label, 1);
    EXPECT_NEAR(episode.Answer().probability, std::exp(-0.1), 1e-6);
  }
}

TEST(Episode, FeaturesAreExtractedOnlyWhenTheyAreNeededAndOnce) {
  PolicyCommon common = Common(2);
  common.feature_names = {"brightness"};
  const SinglePolicy policy(common, 0);  // reads none, but says that it does
  Episode episode(policy);
  for (int round = 0; round < 2; ++round) {
    episode.Begin();
    int extracted = 0;
    const auto extract = [&] {
      ++extracted;
      const float feature = 1;
      episode.ObserveFeatures({&feature, 1});
    };
    Drive(episode, CandidateSet::All(2), extract, [&](CandidateId id) {
      episode.Observe(id, kFirstClass);
      return true;
    });
    EXPECT_EQ(extracted, 1);
  }
}

TEST(Episode, AFailedCandidateIsReplacedByTheMostCapableThatMayRun) {
  const SinglePolicy policy(Common(3), 0);
  Episode episode(policy);
  episode.Begin();
  std::vector<CandidateId> tried;
  const Step last = Drive(episode, CandidateSet::All(3), NoFeatures, [&](CandidateId id) {
    tried.push_back(id);
    if (id == 0 || id == 2) return false;
    episode.Observe(id, kFirstClass);
    return true;
  });
  EXPECT_EQ(last.kind, Step::Kind::kAnswer);
  EXPECT_EQ(tried, (std::vector<CandidateId>{0, 2, 1}));
}

TEST(Episode, AbstainsWhenNothingMayRunAndNeverMakesUpAnAnswer) {
  const SinglePolicy policy(Common(2), 0);
  Episode episode(policy);
  episode.Begin();
  EXPECT_EQ(episode.Next({}).kind, Step::Kind::kAbstain);
  const Step last = Drive(episode, CandidateSet::All(2), NoFeatures, [](CandidateId) { return false; });
  EXPECT_EQ(last.kind, Step::Kind::kAbstain);
  EXPECT_EQ(episode.Answer().label, -1);
}

TEST(Episode, TiesBetweenClassesGoToTheLowestIndex) {
  const SinglePolicy policy(Common(1), 0);
  Episode episode(policy);
  episode.Begin();
  const float tie[] = {-0.69F, -0.69F};
  episode.Observe(0, tie);
  EXPECT_EQ(episode.Answer().label, 0);
}

}  // namespace
}  // namespace amsel
