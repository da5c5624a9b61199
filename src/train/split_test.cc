#include "train/split.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

Outcomes Images(std::size_t count, int classes) {
  return MadeUpOutcomes(count, classes).Add("only", 1, [](std::size_t) { return 0; }).made();
}

TEST(SplitForTraining, EachClassOfAFewImagesIsLearnedFromAndSetAside) {
  constexpr int kClasses = 80;
  const Outcomes table = Images(5 * kClasses, kClasses);
  std::vector<int> learned(kClasses, 0);
  for (const std::size_t i : SplitForTraining(table, {.test_fraction = 0.35}, 1).learn) {
    ++learned[static_cast<std::size_t>(table.images[i].label)];
  }
  for (const int images : learned) {
    EXPECT_GE(images, 2);
    EXPECT_LT(images, 5);
  }
}

TEST(SplitForTraining, TestAndSetAsideImagesAreNotTrainedOn) {
  Outcomes table = Images(400, 4);
  table.images[0].split = "test";
  table.images[1].split = "certify";
  EXPECT_EQ(SplitForTraining(table, {}, 1).learn.size(), 398U);
  EXPECT_EQ(SplitForTraining(table, {}, 1).certify.size(), 1U);
  table.images[2].split = "certify";
  table.groups[2] = table.groups[0];  // of one video with a test image
  table.groups[3] = table.groups[1];
  EXPECT_EQ(SplitForTraining(table, {}, 1).certify, std::vector<std::size_t>{1});
  EXPECT_EQ(SplitForTraining(table, {}, 1).learn.front(), 4U);
  table.images[2].split.clear();
  const SplitOptions some{.test_fraction = 0.4};
  EXPECT_NEAR(static_cast<double>(SplitForTraining(table, some, 1).learn.size()), 396 * 0.6, 4);
  EXPECT_EQ(SplitForTraining(table, some, 1).learn, SplitForTraining(table, some, 1).learn);
  EXPECT_NE(SplitForTraining(table, some, 1).learn, SplitForTraining(table, some, 2).learn);
}

TEST(SplitForTraining, FitImagesAreAlwaysLearnedFrom) {
  Outcomes table = Images(400, 4);
  for (std::size_t i = 0; i < 100; ++i) table.images[i].split = "fit";
  table.groups[0] = table.groups[399];
  table.images[399].split = "test";  // the one of a group that judges has the last word
  for (std::size_t i = 100; i < 110; ++i) table.groups[i] = table.groups[1];  // near duplicates of a fit image
  const TrainingSplit split = SplitForTraining(table, {.test_fraction = 0.5, .certify_few = true}, 1);
  for (std::size_t i = 1; i < 110; ++i) {
    EXPECT_TRUE(std::binary_search(split.learn.begin(), split.learn.end(), i)) << i;
    EXPECT_EQ(std::count(split.certify.begin(), split.certify.end(), i), 0) << i;
  }
  EXPECT_FALSE(std::binary_search(split.learn.begin(), split.learn.end(), std::size_t{0}));
  EXPECT_TRUE(std::is_sorted(split.learn.begin(), split.learn.end()));
  EXPECT_NEAR(static_cast<double>(split.learn.size()), 109 + 289 * 0.4, 4);
  EXPECT_NEAR(static_cast<double>(split.certify.size()), 289 * 0.1, 4);
}

TEST(SplitForTraining, FewImagesAreAllLearnedFromUnlessAskedOtherwise) {
  EXPECT_EQ(SplitForTraining(Images(kFewestToCertify - 1, 4), {}, 1).certify.size(), 0);
  EXPECT_NEAR(static_cast<double>(SplitForTraining(Images(kFewestToCertify, 4), {}, 1).certify.size()), 200, 4);
  EXPECT_NEAR(static_cast<double>(SplitForTraining(Images(500, 4), {.certify_few = true}, 1).certify.size()), 100, 4);
}

}  // namespace
}  // namespace amsel
