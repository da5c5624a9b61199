#include "policy/premodel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/policy_file.h"

namespace amsel {
namespace {

using testing::HasSubstr;

PolicyCommon CommonWithContrast(int candidates) {
  PolicyCommon common;
  common.classes = 3;
  common.feature_names = {"contrast"};
  for (int i = 0; i < candidates; ++i) {
    common.costs_ms.push_back(1 << i);
    common.fallback.insert(common.fallback.begin(), i);
  }
  return common;
}

FeatureScaler UnitScaler() {
  return {{0}, {10}};
}

/// Dark images (feature below 5) to candidate 0, bright ones from 8 to candidate 1, the rest to none.
ChainPolicy DarkAndBright() {
  std::vector<float> points;
  std::vector<float> dark;
  std::vector<float> bright;
  for (int i = 0; i <= 10; ++i) {
    points.push_back(static_cast<float>(i) / 10);
    dark.push_back(i < 5 ? 1 : 0);
    bright.push_back(i >= 8 ? 1 : 0);
  }
  std::vector<ChainPolicy::Gate> gates;
  gates.push_back({0, std::make_shared<KnnClassifier>(KnnIndex(points, dark, 11, 1, 1), 3)});
  gates.push_back({1, std::make_shared<KnnClassifier>(KnnIndex(points, bright, 11, 1, 1), 3)});
  return {CommonWithContrast(3), UnitScaler(), std::move(gates), 2};
}

/// As DarkAndBright, by one tree whose class 1, "none", candidate 2 answers for.
MulticlassPolicy TreeOfThree() {
  return {CommonWithContrast(3),
          UnitScaler(),
          std::make_shared<TreesClassifier>(
              std::vector<TreeNode>{{0, 0.45F, 1, 2}, {-1, 0, 0, 0}, {0, 0.75F, 3, 4}, {-1, 0, 1, 0}, {-1, 0, 2, 0}},
              std::vector<int>{0}, std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1}, 1, 3),
          {0, 2, 1}};
}

/// P(right) of candidate 0 falls with the feature, that of candidate 1 is 0.8 throughout.
PRightPolicy FallingAndSteady(std::vector<double> prices) {
  std::vector<float> points;
  std::vector<float> targets;
  for (int i = 0; i <= 10; ++i) {
    points.push_back(static_cast<float>(i) / 10);
    targets.push_back(1.0F - static_cast<float>(i) / 10);
    targets.push_back(0.8F);
  }
  PolicyCommon common = CommonWithContrast(2);
  common.operating_points.assign(prices.size(), "point");
  return {std::move(common), UnitScaler(), KnnIndex(points, targets, 11, 1, 2), 1, std::move(prices)};
}

Step FirstStep(const Policy& policy, float feature, CandidateSet allowed, int operating_point = 0) {
  Episode episode(policy, operating_point);
  episode.Begin();
  episode.ObserveFeatures({&feature, 1});
  return episode.Next(allowed);
}

TEST(ChainPolicy, TheFirstGateThatSaysYesDecides) {
  const ChainPolicy policy = DarkAndBright();
  EXPECT_EQ(FirstStep(policy, 1, CandidateSet::All(3)).candidate, 0);
  EXPECT_EQ(FirstStep(policy, 9, CandidateSet::All(3)).candidate, 1);
  EXPECT_EQ(FirstStep(policy, 9, CandidateSet::All(3)).price, 2);
}

TEST(ChainPolicy, WhenNoGateSaysYesTheOneForNoneAnswers) {
  EXPECT_EQ(FirstStep(DarkAndBright(), 6, CandidateSet::All(3)).candidate, 2);
}

TEST(ChainPolicy, AChosenCandidateThatMayNotRunFallsBackToTheMostCapable) {
  CandidateSet allowed = CandidateSet::All(3);
  allowed.Remove(0);
  EXPECT_EQ(FirstStep(DarkAndBright(), 1, allowed).candidate, 2);
  allowed.Remove(2);
  EXPECT_EQ(FirstStep(DarkAndBright(), 1, allowed).candidate, 1);
}

TEST(ChainPolicy, ExplainsGateByGate) {
  const ChainPolicy policy = DarkAndBright();
  Episode episode(policy);
  const float feature = 9;
  episode.Begin();
  episode.ObserveFeatures({&feature, 1});
  const auto notes = episode.Explain(CandidateSet::All(3));
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].outcome, "no");
  EXPECT_EQ(notes[1].candidate, 1);
  EXPECT_EQ(notes[1].outcome, "yes");
  EXPECT_EQ(notes[1].figure, 1);
}

TEST(MulticlassPolicy, TheCandidateOfTheClassRuns) {
  const MulticlassPolicy policy = TreeOfThree();
  EXPECT_EQ(FirstStep(policy, 1, CandidateSet::All(3)).candidate, 0);
  EXPECT_EQ(FirstStep(policy, 6, CandidateSet::All(3)).candidate, 2);
  EXPECT_EQ(FirstStep(policy, 9, CandidateSet::All(3)).candidate, 1);
  CandidateSet allowed = CandidateSet::All(3);
  allowed.Remove(1);
  EXPECT_EQ(FirstStep(policy, 9, allowed).candidate, 2);  // the most capable
}

TEST(MulticlassPolicy, ExplainsClassByClass) {
  const MulticlassPolicy policy = TreeOfThree();
  Episode episode(policy);
  const float feature = 6;
  episode.Begin();
  episode.ObserveFeatures({&feature, 1});
  const auto notes = episode.Explain(CandidateSet::All(3));
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].outcome, "is not chosen");
  EXPECT_EQ(notes[1].candidate, 2);
  EXPECT_EQ(notes[1].outcome, "is chosen");
  EXPECT_EQ(notes[1].subject, "leaf of its tree");
}

TEST(PRightPolicy, WeighsProbabilityAgainstPrice) {
  const PRightPolicy policy = FallingAndSteady({0, 0.5});
  EXPECT_EQ(FirstStep(policy, 0, CandidateSet::All(2)).candidate, 0);
  EXPECT_EQ(FirstStep(policy, 6, CandidateSet::All(2)).candidate, 1);
  EXPECT_EQ(FirstStep(policy, 6, CandidateSet::All(2), 1).candidate, 0);  // the second point prices time
  EXPECT_NEAR(FirstStep(policy, 6, CandidateSet::All(2)).value, 0.8, 1e-6);
}

TEST(FeatureScaler, AConstantFeatureBecomesZero) {
  const FeatureScaler scaler{{2, 5}, {4, 5}};
  const float features[] = {3, 9};
  float out[2];
  scaler.Apply(features, out);
  EXPECT_EQ(out[0], 0.5F);
  EXPECT_EQ(out[1], 0);
}

TEST(PolicyFile, EveryKindDecidesAlikeAfterBeingWrittenAndRead) {
  const SinglePolicy single(CommonWithContrast(2), 1);
  const ChainPolicy chain = DarkAndBright();
  const PRightPolicy p_right = FallingAndSteady({0.01, 0.5});
  const MulticlassPolicy multiclass = TreeOfThree();
  for (const Policy* policy : {static_cast<const Policy*>(&single), static_cast<const Policy*>(&chain),
                               static_cast<const Policy*>(&multiclass), static_cast<const Policy*>(&p_right)}) {
    const TensorFile written = PolicyToTensorFile(*policy);
    const auto read = PolicyFromTensorFile(written, "policy");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(SerializeTensorFile(PolicyToTensorFile(**read)), SerializeTensorFile(written));
    for (float feature = -1; feature <= 11; feature += 0.5F) {
      const CandidateSet all = CandidateSet::All(policy->candidate_count());
      EXPECT_EQ(FirstStep(**read, feature, all).candidate, FirstStep(*policy, feature, all).candidate);
    }
  }
}

TEST(PolicyFile, FaultsAreNamed) {
  TensorFile file = PolicyToTensorFile(DarkAndBright());
  const std::string config = file.metadata["config"];
  const auto complaint = [&] {
    const auto read = PolicyFromTensorFile(file, "p");
    return read.ok() ? "accepted" : read.error().message;
  };
  const auto replace = [&](const std::string& from, const std::string& to) {
    file.metadata["config"] = config;
    const std::size_t at = config.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    file.metadata["config"].replace(at, from.size(), to);
  };
  replace("amsel.policy/1", "amsel.policy/2");
  EXPECT_THAT(complaint(), HasSubstr("field `schema`"));
  replace("\"chain\"", "\"magic\"");
  EXPECT_THAT(complaint(), HasSubstr("field `kind`"));
  replace("[2,1,0]", "[2,1,1]");
  EXPECT_THAT(complaint(), HasSubstr("field `fallback`: expected every candidate once"));
  replace("\"operating_points\":[\"default\"]", "\"operating_points\":[]");
  EXPECT_THAT(complaint(), HasSubstr("field `operating_points`: expected at least one name"));
  replace("\"gates\":[0,1]", "\"gates\":[0,7]");
  EXPECT_THAT(complaint(), HasSubstr("field `gates`"));
  file.metadata["config"] = config;
  file.tensors.erase("gate1.points");
  EXPECT_THAT(complaint(), HasSubstr("tensor `gate1.points` is missing"));
  replace("\"gates\":[0,1]", "\"gates\":[0]");
  EXPECT_THAT(complaint(), HasSubstr("field `classifiers`: expected one for each gate"));
}

TEST(PolicyFile, FaultsOfMulticlassAreNamed) {
  TensorFile file = PolicyToTensorFile(TreeOfThree());
  const std::string config = file.metadata["config"];
  const auto complaint = [&](const std::string& from, const std::string& to) {
    file.metadata["config"] = config;
    const std::size_t at = config.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    file.metadata["config"].replace(at, from.size(), to);
    return PolicyFromTensorFile(file, "p").error().message;
  };
  EXPECT_THAT(complaint("[0,2,1],\"classes\"", "[0,2,7],\"classes\""), HasSubstr("field `choices`"));
  EXPECT_THAT(complaint("[0,2,1],\"classes\"", "[0],\"classes\""), HasSubstr("field `choices`"));
  EXPECT_THAT(complaint("[0,2,1],\"classes\"", "[0,2],\"classes\""), HasSubstr("tensor `classifier.values`"));
  EXPECT_THAT(complaint("\"trees\"", "\"knn\""), HasSubstr("field `classifier.k`"));
}

TEST(Premodel, WithoutFeaturesTheMostCapableThatMayRunAnswers) {
  PolicyCommon common;
  common.classes = 2;
  common.costs_ms = {1, 2, 3};
  common.fallback = {2, 0, 1};
  common.feature_names = {"contrast"};
  const PRightPolicy policy(common, {{0}, {1}}, KnnIndex({0}, {0.9F, 0.1F, 0.1F}, 1, 1, 3), 1, {0});
  Episode episode(policy);
  episode.Begin();
  EXPECT_EQ(episode.Next(CandidateSet::All(3)).kind, Step::Kind::kExtract);
  episode.DenyFeatures();
  EXPECT_EQ(episode.Next(CandidateSet::All(3)).candidate, 2);
  EXPECT_EQ(episode.Explain(CandidateSet::All(3)).at(0).candidate, 2);
  episode.MarkFailed(2);
  EXPECT_EQ(episode.Next(CandidateSet::All(3)).candidate, 0);
  EXPECT_EQ(episode.Next(CandidateSet()).kind, Step::Kind::kAbstain);
}

}  // namespace
}  // namespace amsel
