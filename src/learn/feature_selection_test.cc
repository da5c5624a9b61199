#include "learn/feature_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/premodels.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::ElementsAre;

/// Brightness alone tells which candidate is right; its forms are copies of each other where all is grey. Nothing is
/// told by noise and entropy, and saturation is 0 everywhere.
class FeatureSelectionTest : public testing::Test {
 protected:
  FeatureSelectionTest()
      : world_(testing::UnitTest::GetInstance()->current_test_info()->name()), table_(world_.Table()) {
    rows_.resize(table_.image_count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    options_.selection.from = {"noise", "avg_brightness", "saturation", "entropy", "rms_brightness"};
  }

  FeatureSelection Select() const { return SelectFeatures(table_, rows_, options_); }
  double R(const FeatureSelection& selection, std::size_t a, std::size_t b) const {
    return selection.pearson_r[a * selection.names.size() + b];
  }

  FakeWorld world_;
  ProfileTable table_;
  std::vector<std::size_t> rows_;
  LearnOptions options_;
};

TEST_F(FeatureSelectionTest, OneOfTwoCopiesAndWhatNeverVariesArePruned) {
  const FeatureSelection selection = Select();
  ASSERT_EQ(selection.pruned.size(), 2U);
  EXPECT_EQ(selection.pruned[0].name, "avg_brightness");
  EXPECT_EQ(selection.pruned[0].kept, "rms_brightness");
  EXPECT_GT(selection.pruned[0].pearson_r, 0.99);
  EXPECT_EQ(selection.pruned[1].name, "saturation");
  EXPECT_EQ(selection.pruned[1].kept, "");
}

TEST_F(FeatureSelectionTest, WhatTellsIsKeptAndNoiseIsRemovedFirst) {
  const FeatureSelection selection = Select();
  ASSERT_EQ(selection.curve.size(), 4U);
  for (std::size_t step = 0; step < 4; ++step) EXPECT_EQ(selection.curve[step].features.size(), 3 - step);
  EXPECT_EQ(selection.curve[0].removed, "");
  EXPECT_THAT(selection.curve[2].features,
              testing::AnyOf(ElementsAre("avg_brightness"), ElementsAre("rms_brightness")));
  EXPECT_EQ(selection.chosen, selection.curve[2].features);
  EXPECT_EQ(selection.curve[3].removed, selection.chosen[0]);
  EXPECT_EQ(selection.curve[2].accuracy, 1);
  EXPECT_EQ(selection.curve[2].standard_error, 0);
}

TEST_F(FeatureSelectionTest, WithoutFeaturesTheMostCapableCandidateIsPickedForAll) {
  const SelectionStep none = Select().curve.back();
  const std::vector<double> accuracies = Accuracies(table_, rows_, 1);
  const double best = *std::max_element(accuracies.begin(), accuracies.end());
  EXPECT_NEAR(none.accuracy, best, 1e-12);
  EXPECT_NEAR(none.standard_error, std::sqrt(best * (1 - best) / 400), 1e-3);
}

TEST_F(FeatureSelectionTest, ImportanceIsWhatLeavingAFeatureOutLoses) {
  const FeatureSelection selection = Select();
  ASSERT_EQ(selection.importance.size(), 3U);
  for (const FeatureImportance& feature : selection.importance) {
    const bool tells = feature.name == selection.chosen[0];
    EXPECT_EQ(feature.accuracy_lost > 0.2, tells) << feature.name;
    EXPECT_EQ(feature.accuracy_lost > 2 * feature.standard_error, tells) << feature.name;
  }
}

TEST_F(FeatureSelectionTest, CorrelationsAreThoseOfPearson) {
  const FeatureSelection selection = Select();
  const auto column = [&](const std::string& name) {
    const auto at = std::find(table_.feature_names.begin(), table_.feature_names.end(), name);
    std::vector<double> values;
    for (const std::size_t i : rows_) values.push_back(table_.Features(i)[at - table_.feature_names.begin()]);
    return values;
  };
  const std::vector<double> x = column("noise");
  const std::vector<double> y = column("entropy");
  const auto n = static_cast<double>(x.size());
  const double sx = std::accumulate(x.begin(), x.end(), 0.0);
  const double sy = std::accumulate(y.begin(), y.end(), 0.0);
  const double sxx = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  const double syy = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
  const double sxy = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  EXPECT_NEAR(R(selection, 0, 3), (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy)), 1e-9);
  EXPECT_EQ(R(selection, 0, 3), R(selection, 3, 0));
  EXPECT_NEAR(R(selection, 1, 1), 1, 1e-12);
  EXPECT_EQ(R(selection, 2, 2), 0);  // never varies
}

TEST_F(FeatureSelectionTest, TheThresholdIsAnOption) {
  options_.selection.correlation = 1;
  options_.selection.from = {"avg_brightness", "rms_brightness"};
  EXPECT_TRUE(Select().pruned.empty());
  options_.selection.correlation = 0;
  options_.selection.from = {"noise", "entropy", "avg_brightness"};
  EXPECT_EQ(Select().curve.front().features, std::vector<std::string>{"avg_brightness"});
}

TEST_F(FeatureSelectionTest, IsTheSameEachTimeAndLooksAtItsRowsAlone) {
  const FeatureSelection once = Select();
  const FeatureSelection again = Select();
  EXPECT_EQ(once.pearson_r, again.pearson_r);
  EXPECT_EQ(once.chosen, again.chosen);
  for (std::size_t step = 0; step < once.curve.size(); ++step) {
    EXPECT_EQ(once.curve[step].features, again.curve[step].features);
    EXPECT_EQ(once.curve[step].accuracy, again.curve[step].accuracy);
  }
  rows_.resize(150);
  FakeWorld smaller(std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "_smaller", 150);
  const ProfileTable table = smaller.Table();
  EXPECT_EQ(SelectFeatures(table, rows_, options_).pearson_r, Select().pearson_r);
}

TEST_F(FeatureSelectionTest, ManyRowsAreThinned) {
  options_.selection.most_rows = 100;
  const FeatureSelection selection = Select();
  EXPECT_EQ(selection.chosen.size(), 1U);
  EXPECT_GT(selection.curve.back().standard_error, 0.04);  // of 100 rows, not of 400
  EXPECT_GT(selection.curve[2].accuracy, 0.95) << "of brightness alone: features stay with their rows";
}

TEST_F(FeatureSelectionTest, WhereNothingVariesOneFeatureIsChosen) {
  options_.selection.from = {"saturation", "hue1"};
  const FeatureSelection selection = Select();
  EXPECT_EQ(selection.pruned.size(), 2U);
  EXPECT_THAT(selection.chosen, ElementsAre("saturation"));
}

TEST_F(FeatureSelectionTest, LearnersReadWhatIsSelectedOnTheirRows) {
  const LearnedPolicy learned = WithSelectedFeatures(LearnPRight, options_)(table_, rows_);
  EXPECT_EQ(learned.policy->feature_names(), Select().chosen);
  options_.selection.from.clear();
  EXPECT_EQ(WithSelectedFeatures(LearnPRight, options_)(table_, rows_).policy->feature_names(), options_.features);
}

}  // namespace
}  // namespace amsel
