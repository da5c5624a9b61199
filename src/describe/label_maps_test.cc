#include "describe/label_maps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const LabelMap* Find(const std::vector<LabelMap>& maps, const std::vector<int>& class_of) {
  for (const LabelMap& map : maps) {
    if (map.class_of == class_of) return &map;
  }
  return nullptr;
}

TEST(LabelMaps, TheFirstIsTheLabelsAsTheyStand) {
  const auto maps = LabelMaps({"cat", "dog", "ant"}, 3, 0);
  EXPECT_THAT(maps.front().class_of, ElementsAre(0, 1, 2));
  EXPECT_EQ(maps.front().change, "");
}

TEST(LabelMaps, ABackgroundClassIsSkippedOrNot) {
  const auto maps = LabelMaps({"b", "a", "c"}, 4, 0);
  const LabelMap* skipped = Find(maps, {-1, 0, 1, 2});
  ASSERT_NE(skipped, nullptr);
  EXPECT_EQ(skipped->skip, 1);
  EXPECT_NE(Find(LabelMaps({"b", "a", "c"}, 4, 1), {0, 1, 2, -1}), nullptr);
}

TEST(LabelMaps, OutputsMayBeShiftedByOneEitherWay) {
  const auto maps = LabelMaps({"b", "a", "c"}, 3, 0);
  const LabelMap* earlier = Find(maps, {1, 2, 0});
  const LabelMap* later = Find(maps, {2, 0, 1});
  ASSERT_TRUE(earlier != nullptr && later != nullptr);
  EXPECT_THAT(earlier->change, HasSubstr("one class less to skip"));
  EXPECT_THAT(later->change, HasSubstr("one more class to skip"));
}

TEST(LabelMaps, ALabelForABackgroundThatTheDnnLacks) {
  EXPECT_NE(Find(LabelMaps({"background", "b", "a"}, 2, 0), {1, 2}), nullptr);
}

TEST(LabelMaps, NumbersMayBePositions) {
  const auto maps = LabelMaps({"0", "1", "10", "2"}, 4, 0);
  const LabelMap* by_value = Find(maps, {0, 1, 3, 2});
  ASSERT_NE(by_value, nullptr);
  EXPECT_THAT(by_value->change, HasSubstr("label_index"));
}

TEST(LabelMaps, LabelsMayBeInTheOrderOfTheirTextsOrExchanged) {
  EXPECT_NE(Find(LabelMaps({"dog", "cat", "ant"}, 3, 0), {2, 1, 0}), nullptr);
  EXPECT_NE(Find(LabelMaps({"no", "yes"}, 2, 0), {1, 0}), nullptr);
}

TEST(LabelMaps, EachStandsThereOnce) {
  const auto maps = LabelMaps({"a", "b", "c"}, 3, 0);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(maps[i].class_of, maps[j].class_of);
  }
}

TEST(LabelsInOrder, FollowsTheOutputs) {
  const std::vector<std::string> labels{"b", "a", "c"};
  EXPECT_THAT(LabelsInOrder({"", 0, {1, 0, 2}}, labels), ElementsAre("a", "b", "c"));
  EXPECT_THAT(LabelsInOrder({"", 1, {-1, 0, 1, 2}}, labels), ElementsAre("b", "a", "c"));
  EXPECT_TRUE(LabelsInOrder({"", 0, {1, 2}}, labels).empty());
}

}  // namespace
}  // namespace amsel
