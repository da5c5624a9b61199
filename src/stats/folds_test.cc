#include "stats/folds.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

namespace amsel {
namespace {

std::vector<int> Identity(int count) {
  std::vector<int> groups(static_cast<std::size_t>(count));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

TEST(StratifiedGroupFolds, EachFoldHasItsShareOfEachClass) {
  std::vector<int> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back(i % 7);
  const auto folds = StratifiedGroupFolds(labels, Identity(1000), 10, 1);
  std::map<std::pair<int, int>, int> counts;
  for (std::size_t i = 0; i < folds.size(); ++i) ++counts[{folds[i], labels[i]}];
  for (const auto& [key, count] : counts) EXPECT_NEAR(count, 1000 / 70.0, 1.5);
  EXPECT_EQ(counts.size(), 70U);
}

TEST(StratifiedGroupFolds, NeverSplitsAGroup) {
  std::vector<int> labels;
  std::vector<int> groups;
  for (int i = 0; i < 500; ++i) {
    labels.push_back(i % 3);
    groups.push_back(i / 9);
  }
  const auto folds = StratifiedGroupFolds(labels, groups, 5, 3);
  std::map<int, int> fold_of_group;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    EXPECT_EQ(fold_of_group.emplace(groups[i], folds[i]).first->second, folds[i]);
  }
  std::vector<int> sizes(5, 0);
  for (const int fold : folds) ++sizes[static_cast<std::size_t>(fold)];
  for (const int size : sizes) EXPECT_NEAR(size, 100, 18);
}

TEST(StratifiedGroupFolds, OneSeedGivesOneSplitAndAnotherAnother) {
  const std::vector<int> labels(200, 0);
  const auto first = StratifiedGroupFolds(labels, Identity(200), 4, 1);
  EXPECT_EQ(first, StratifiedGroupFolds(labels, Identity(200), 4, 1));
  EXPECT_NE(first, StratifiedGroupFolds(labels, Identity(200), 4, 2));
}

TEST(Positions, AreThoseOfAFoldOrOfAllOthers) {
  const std::vector<int> fold_of{1, 0, 1, 2};
  EXPECT_EQ(PositionsIn(fold_of, 1), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(PositionsOutside(fold_of, 1), (std::vector<std::size_t>{1, 3}));
  EXPECT_TRUE(PositionsIn(fold_of, 3).empty());
  EXPECT_EQ(PositionsOutside(fold_of, 3).size(), 4);
}

}  // namespace
}  // namespace amsel
