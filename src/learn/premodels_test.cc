#include "learn/premodels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "learn/cross_validate.h"
#include "learn/learners.h"
#include "learn/portfolio.h"
#include "policy/policy_file.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class LearnTest : public testing::Test {
 protected:
  LearnTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name()), table_(world_.Table()) {
    rows_.resize(table_.image_count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  }
  std::size_t At(const std::string& name) const {
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) {
      if (table_.candidates[c].name == name) return c;
    }
    return 99;
  }
  double CrossValidated(const Learner& learner) {
    const std::vector<int> folds = FoldsOf(table_, rows_, 5, 1);
    double right = 0;
    const CrossValidation validation = CrossValidate(table_, rows_, folds, learner);
    for (const SimulatedRun& run : validation.points[0].runs) right += run.rank == 0 ? 1 : 0;
    return right / static_cast<double>(rows_.size());
  }

  FakeWorld world_;
  ProfileTable table_;
  std::vector<std::size_t> rows_;
  LearnOptions options_;
};

TEST_F(LearnTest, TheLabelIsTheCheapestCandidateThatIsRight) {
  const std::vector<std::size_t> all{0, 1, 2};
  const std::vector<int> labels = CheapestRight(table_, rows_, all, options_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::size_t expert = table_.Right(At("dark"), i) ? At("dark") : At("bright");
    EXPECT_EQ(labels[i], static_cast<int>(expert));
  }
}

TEST_F(LearnTest, WhereNoneIsRightTheLabelIsNone) {
  const std::vector<std::size_t> only{At("general")};
  const std::vector<int> labels = CheapestRight(table_, rows_, only, options_);
  for (std::size_t i = 0; i < rows_.size(); ++i) EXPECT_EQ(labels[i], table_.Right(At("general"), i) ? 0 : -1);
}

TEST_F(LearnTest, CostsWithinTheToleranceAreTiesBrokenByAccuracy) {
  options_.tie_tolerance = 10;  // all cost the same: the more accurate one is the label wherever it is right
  const std::vector<std::size_t> all{0, 1, 2};
  const std::vector<int> labels = CheapestRight(table_, rows_, all, options_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (table_.Right(At("general"), i)) {
      EXPECT_EQ(labels[i], static_cast<int>(At("general")));
    }
  }
}

TEST_F(LearnTest, ThePortfolioStopsWhenNothingIsLeftToGain) {
  const std::vector<PortfolioStep> steps = SelectPortfolio(table_, rows_, options_);
  ASSERT_EQ(steps.size(), 2U);  // the two experts cover everything
  EXPECT_EQ(steps.back().coverage, 1);
  EXPECT_NE(steps[0].candidate, At("general"));
}

TEST_F(LearnTest, APortfolioMayBeTracedPastItsEndOrEndedByNumber) {
  options_.theta = -1;
  EXPECT_EQ(SelectPortfolio(table_, rows_, options_).size(), 3U);
  options_.most_candidates = 1;
  EXPECT_EQ(SelectPortfolio(table_, rows_, options_).size(), 1U);
}

TEST_F(LearnTest, BothPremodelsFindTheExperts) {
  EXPECT_GT(CrossValidated([&](const auto& t, Rows r) { return LearnPRight(t, r, options_); }), 0.98);
  EXPECT_GT(CrossValidated(MakeLearner("chain", options_).value()), 0.98);
  EXPECT_NEAR(CrossValidated([&](const auto& t, Rows r) { return LearnSingle(t, r, options_); }), 0.7, 0.06);
}

TEST_F(LearnTest, AutoTakesStagedWhereTwoAnswersTellMoreThanFeatures) {
  const LearnedPolicy learned = (*MakeLearner("auto", options_))(table_, rows_);
  EXPECT_EQ(learned.policy->kind(), "staged");
}

TEST_F(LearnTest, AutoNeverTakesLongerThanTheSingleBest) {
  world_.AddCandidate("dark", 9, [](int brightness, int) { return brightness < 128; });
  world_.AddCandidate("bright", 9, [](int brightness, int) { return brightness >= 128; });
  std::filesystem::remove(world_.Path("profile.db"));
  table_ = world_.Table();
  EXPECT_GT(CrossValidated([&](const auto& t, Rows r) { return LearnPRight(t, r, options_); }), 0.98);
  EXPECT_EQ((*MakeLearner("auto", options_))(table_, rows_).policy->kind(), "single");
}

TEST_F(LearnTest, GatesAndClassifiersOfEveryKindFindTheExperts) {
  options_.classifiers.svm_gamma = 10;
  options_.classifiers.svm_c = 10;
  for (const char* name : {"chain:tree", "chain:svm", "chain:knn-tree-svm", "chain:svm-knn"}) {
    EXPECT_GT(CrossValidated(MakeLearner(name, options_).value()), 0.97) << name;
  }
  for (const std::string& classifier : ClassifierNames()) {
    const auto learner = MakeLearner("multiclass:" + classifier, options_);
    if (!learner.ok()) continue;  // LightGBM may not be there
    EXPECT_GT(CrossValidated(*learner), 0.97) << classifier;
  }
}

TEST_F(LearnTest, WithOneLabelThereIsNothingToTellApartAndItsCandidateRuns) {
  std::vector<std::size_t> dark;
  for (const std::size_t i : rows_) {
    if (table_.Right(At("dark"), i)) dark.push_back(i);
  }
  for (const char* name : {"chain:tree", "chain:svm", "multiclass:tree", "multiclass:svm", "multiclass:bayes"}) {
    const LearnedPolicy learned = (*MakeLearner(name, options_))(table_, dark);
    Simulator simulator(table_, learned, 0);
    for (const std::size_t i : rows_) EXPECT_THAT(simulator.Run(i).path, testing::ElementsAre(At("dark"))) << name;
  }
}

TEST(CheckPolicyName, KnowsEachMixOfGatesAndEachClassifier) {
  for (const char* a : {"knn", "tree", "svm"}) {
    for (const char* b : {"knn", "tree", "svm"}) {
      for (const char* c : {"knn", "tree", "svm"}) {
        EXPECT_TRUE(CheckPolicyName(std::string("chain:") + a + "-" + b + "-" + c).ok());
      }
    }
  }
  for (const std::string& name : ClassifierNames()) EXPECT_TRUE(CheckPolicyName("multiclass:" + name).ok());
  for (const std::string& name : PolicyNames()) EXPECT_TRUE(CheckPolicyName(name).ok());
  for (const char* name : {"", "chain:", "chain:luck", "chain:knn--svm", "chain:forest", "multiclass",
                           "multiclass:", "multiclass:knn-tree", "Chain"}) {
    const Status status = CheckPolicyName(name);
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_THAT(status.error().message, HasSubstr("no policy"));
    EXPECT_FALSE(MakeLearner(name, {}).ok());
  }
}

TEST_F(LearnTest, TheSingleBestIsInEveryBundle) {
  for (const char* name : {"single", "chain", "multiclass:tree", "p-right"}) {
    const LearnedPolicy learned = (*MakeLearner(name, options_))(table_, rows_);
    EXPECT_THAT(learned.candidates, testing::Contains(At("general"))) << name;
  }
}

TEST_F(LearnTest, AViewIsNotTheSingleBestWhileACandidateIsThereAsItCame) {
  ASSERT_EQ(SingleBest(table_, rows_, 1), At("general"));
  table_.candidates[At("general")].derived = true;
  EXPECT_NE(SingleBest(table_, rows_, 1), At("general"));
  for (auto& candidate : table_.candidates) candidate.derived = true;
  EXPECT_EQ(SingleBest(table_, rows_, 1), At("general"));
}

/// All that is there of the images from `first` on becomes something else, but for means over all images.
void Garble(Outcomes& outcomes, std::size_t first) {
  const int classes = outcomes.classes();
  const auto other = [&](int k) { return (k + 1) % classes; };
  for (std::size_t i = first; i < outcomes.image_count(); ++i) {
    outcomes.images[i].label = other(outcomes.images[i].label);
    outcomes.images[i].weight = 7;
    for (std::size_t f = 0; f < outcomes.feature_names.size(); ++f) {
      outcomes.features[i * outcomes.feature_names.size() + f] += 1000;
    }
    for (std::size_t c = 0; c < outcomes.candidate_count(); ++c) {
      const std::size_t at = c * outcomes.image_count() + i;
      outcomes.ranks[at] = static_cast<std::uint16_t>(other(outcomes.ranks[at]));
      outcomes.top_classes[at] = other(outcomes.top_classes[at]);
      outcomes.inference_ms[at] *= 3;
      const auto row = outcomes.log_probs.begin() + static_cast<std::ptrdiff_t>(at * static_cast<std::size_t>(classes));
      std::rotate(row, row + 1, row + classes);
    }
  }
}

TEST_F(LearnTest, LearnersLookAtTheirRowsOnly) {
  const std::vector<std::size_t> half(rows_.begin(), rows_.begin() + 200);
  const auto learned = [&](const std::string& policy) {
    const LearnedPolicy result = MakeLearner(policy, options_).value()(table_, half);
    return std::pair(result.candidates, SerializeTensorFile(PolicyToTensorFile(*result.policy)));
  };
  const std::vector<std::string> policies{"single", "p-right", "chain", "multiclass:tree", "cascade", "staged", "auto"};
  std::vector<std::pair<std::vector<std::size_t>, std::string>> before;
  for (const std::string& policy : policies) before.push_back(learned(policy));
  Garble(table_, 200);
  for (std::size_t p = 0; p < policies.size(); ++p) EXPECT_EQ(learned(policies[p]), before[p]) << policies[p];
  Garble(table_, 0);
  EXPECT_NE(learned("p-right"), before[1]);  // which would have been seen
  EXPECT_NE(learned("staged"), before[5]);
}

TEST_F(LearnTest, WhatNothingCanBeLearnedFromIsRefusedByName) {
  const auto complaint = [&](Rows rows, int folds) {
    return CheckLearnable(table_, rows, folds, options_).error().message;
  };
  EXPECT_THAT(complaint(Rows(rows_).first(3), 5),
              HasSubstr("has 3 images or groups to learn from, fewer than the 5 folds"));
  std::vector<std::size_t> one_class;
  for (std::size_t i = 0; i < rows_.size(); i += 4) one_class.push_back(i);
  EXPECT_THAT(complaint(one_class, 5), HasSubstr("one class only"));
  for (OutcomeImage& image : table_.images) image.weight = 0;
  EXPECT_THAT(complaint(rows_, 5), HasSubstr("weight 0 only"));
  table_.candidates.resize(1);
  EXPECT_THAT(complaint(rows_, 5), HasSubstr("has one candidate"));
}

TEST_F(LearnTest, AForestLearnsWithSeedZeroToo) {
  options_.seed = 0;
  EXPECT_GT(CrossValidated(MakeLearner("multiclass:forest", options_).value()), 0.9);
}

}  // namespace
}  // namespace amsel
