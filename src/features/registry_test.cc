// Features against slow references, on pictures that try them hard.
#include "features/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "base/random.h"
#include "tests/support/slow_features.h"

namespace amsel {
namespace {

Image Painted(int width, int height, const std::function<double(int x, int y, int channel)>& value) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<std::uint8_t>(value(x, y, c)));
    }
  }
  return image;
}

/// None is reduced: all sides are at most 128.
std::vector<std::pair<std::string, Image>> Pictures() {
  Random random(5);
  const auto noise = [&](int, int, int) { return static_cast<double>(random.Below(256)); };
  return {
      {"colour ramp",
       Painted(96, 64, [](int x, int y, int c) { return c == 0   ? 2 * x
                                                        : c == 1 ? 3 * y
                                                                 : 255 - x - y; })},
      {"soft waves", Painted(31, 77, [](int x, int y, int c) { return 128 + 100 * std::sin(0.1 * (c + 1) * x + y); })},
      {"noise", Painted(128, 128, noise)},
      {"noise of odd size", Painted(45, 17, noise)},
      {"greatest contrast", Painted(128, 128, [](int x, int y, int) { return (x + y) % 2 * 255; })},
      {"stripes of red and cyan",
       Painted(128, 5, [](int x, int, int c) { return (x % 3 == 0) == (c == 2) ? 255 : 0; })},
      {"one colour", Painted(20, 30, [](int, int, int c) { return 40 + 70 * c; })},
      {"black", Painted(9, 9, [](int, int, int) { return 0; })},
      {"nine pixels", Painted(3, 3, noise)},
      {"four pixels", Painted(2, 2, noise)},
      {"a column", Painted(1, 40, noise)},
      {"one pixel", Painted(1, 1, noise)},
  };
}

TEST(Registry, FeaturesEqualTheirSlowReferences) {
  const std::vector<std::string> names = AllFeatureNames();
  auto extractor = FeatureExtractor::Create(names);
  std::vector<float> values(names.size());
  for (auto& [picture, image] : Pictures()) {
    image.file = {1000, std::int64_t{image.width} * image.height, 50};
    extractor->Extract(image, values);
    const std::map<std::string, double> expected = slow::Features(image);
    ASSERT_EQ(expected.size(), names.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double slow = expected.at(names[i]);
      EXPECT_NEAR(values[i], slow, 1e-4 * std::max(1.0, slow)) << names[i] << " of " << picture;
    }
  }
}

TEST(Registry, EveryFeatureHasANameOfItsOwnAndAMeaning) {
  std::set<std::string> names;
  std::set<std::string> meanings;
  for (const FeatureInfo& info : FeatureRegistry()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(meanings.insert(info.meaning).second) << info.meaning;
    EXPECT_LT(info.low, info.high) << info.name;
  }
}

TEST(Registry, ListsStandForNames) {
  EXPECT_EQ(ExpandFeatureNames({"paper"}).value(), PaperFeatureNames());
  EXPECT_EQ(ExpandFeatureNames({"all", "noise"}).value(), AllFeatureNames());
  EXPECT_EQ(ExpandFeatureNames({"noise", "default"})->front(), "noise");
  EXPECT_EQ(ExpandFeatureNames({"noise", "default"})->size(), DefaultFeatureNames().size());
  EXPECT_EQ(ExpandFeatureNames({"default", "karma"}).error().message,
            "there is no feature `karma`; `amsel profile --help` lists them");
}

TEST(Registry, FeaturesOfTheFileAreNoneByDefault) {
  std::vector<std::string> of_file = AllFeatureNames();
  std::erase_if(of_file, [](const std::string& name) {
    const std::vector<std::string> by_default = DefaultFeatureNames();
    return std::find(by_default.begin(), by_default.end(), name) != by_default.end();
  });
  EXPECT_EQ(of_file, (std::vector<std::string>{"jpeg_quality", "file_bytes_per_pixel"}));
  for (const std::string& name : DefaultFeatureNames()) EXPECT_FALSE(FeatureExtractor::Create({name})->reads_file());
  for (const std::string& name : of_file) EXPECT_TRUE(FeatureExtractor::Create({"hue1", name})->reads_file());
}

}  // namespace
}  // namespace amsel
