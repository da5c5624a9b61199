#include "profile/duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"
#include "image/decode.h"
#include "image/mat.h"

namespace amsel {
namespace {

using Sizes = std::vector<std::size_t>;

double Uniform(Random& random) {
  return static_cast<double>(random.Below(1 << 20)) / (1 << 20);
}

Image Gray(int width, int height, const std::function<double(double x, double y)>& level) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double value = std::clamp(level((x + 0.5) / width, (y + 0.5) / height), 0.0, 255.0);
      image.pixels.insert(image.pixels.end(), 3, static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  return image;
}

/// A photo: smooth waves of its own, each `seed` another one.
Image Photo(std::uint64_t seed, int side, double gain = 1, double offset = 0) {
  Random random(seed);
  std::vector<double> waves(5 * 5);
  for (double& value : waves) value = Uniform(random);
  return Gray(side, side, [&](double x, double y) {
    double sum = 0;
    for (std::size_t w = 0; w < waves.size(); w += 5) {
      sum += waves[w] * std::sin(20 * (waves[w + 1] - 0.5) * x + 20 * (waves[w + 2] - 0.5) * y + 7 * waves[w + 3]);
    }
    return gain * (120 + 35 * sum) + offset;
  });
}

/// A camera that does not move: one scene, noise, and a small thing somewhere.
Image Scene(std::uint64_t seed) {
  Random random(seed);
  const double at_x = 0.1 + 0.8 * Uniform(random);
  const double at_y = 0.1 + 0.8 * Uniform(random);
  const double thing = 15 + 40 * Uniform(random);
  return Gray(160, 120, [&](double x, double y) {
    const bool hit = std::abs(x - at_x) < 0.05 && std::abs(y - at_y) < 0.05;
    return 10 + 220 * x + 12 * (Uniform(random) - 0.5) + (hit ? thing : 0);
  });
}

std::string Coarser(const std::string& fine) {
  std::string coarse;
  for (std::size_t y = 0; y < 16; y += 2) {
    for (std::size_t x = 0; x < 16; x += 2) {
      const auto at = [&](std::size_t p) { return static_cast<unsigned char>(fine[y * 16 + x + p]); };
      coarse += static_cast<char>((at(0) + at(1) + at(16) + at(17) + 2) / 4);
    }
  }
  return coarse;
}

Sizes Near(const std::vector<std::string>& thumbnails, std::vector<int> labels = {},
           std::vector<std::string> groups = {}) {
  labels.resize(thumbnails.size(), 0);
  groups.resize(thumbnails.size());
  return NearDuplicates(thumbnails, labels, groups);
}

TEST(NearDuplicates, FindsResizedAndBrightenedPhotos) {
  EXPECT_EQ(Near({Thumbnail(Photo(1, 160)), Thumbnail(Photo(2, 160)), Thumbnail(Photo(1, 96)),
                  Thumbnail(Photo(1, 160, 1.05, 4)), Thumbnail(Photo(3, 160))}),
            (Sizes{0, 1, 0, 0, 4}));
}

TEST(NearDuplicates, FlatPicturesAndThoseWithoutAThumbnailResembleNone) {
  const std::string flat(256, '\x40');
  EXPECT_EQ(Near({flat, flat, "", "", "short", "short"}), (Sizes{0, 1, 2, 3, 4, 5}));
}

TEST(NearDuplicates, AlikePicturesOfOtherClassesStayApart) {
  const std::string same = Thumbnail(Photo(1, 32));
  EXPECT_EQ(Near({same, same}, {0, 1}), (Sizes{0, 1}));
}

TEST(NearDuplicates, AGroupOfTheUserOverrulesLikeness) {
  const std::string same = Thumbnail(Photo(1, 32));
  EXPECT_EQ(Near({same, same, same, same}, {}, {"", "g", "h", ""}), (Sizes{0, 1, 2, 0}));
}

TEST(NearDuplicates, AFixedCameraDoesNotMakeOnePictureOfAll) {
  std::vector<std::string> thumbnails;
  for (std::uint64_t i = 0; i < 100; ++i) thumbnails.push_back(Thumbnail(Scene(i)));
  const Image copied = Scene(7);
  thumbnails.push_back(Thumbnail(copied));
  Image again = copied;  // brighter by two grey levels
  for (std::uint8_t& value : again.pixels) value = static_cast<std::uint8_t>(std::min(255, value + 2));
  thumbnails.push_back(Thumbnail(again));
  const Sizes pictures = Near(thumbnails);
  const std::set<std::size_t> distinct(pictures.begin(), pictures.end());
  EXPECT_GE(distinct.size(), 80U);
  EXPECT_EQ(pictures[100], pictures[7]);
  EXPECT_EQ(pictures[101], pictures[7]);
}

TEST(NearDuplicates, ThumbnailsOfOlderProfilesAreComparedToo) {
  const std::string one = Thumbnail(Photo(1, 160));
  const std::string smaller = Thumbnail(Photo(1, 96));
  const std::string other = Thumbnail(Photo(2, 160));
  EXPECT_EQ(Near({Coarser(one), Coarser(smaller), Coarser(other)}), (Sizes{0, 0, 2}));
  EXPECT_EQ(Near({one, Coarser(smaller), other}), (Sizes{0, 0, 2}));  // a resumed profile has both
}

/// What the comment on NearDuplicates says, pair by pair.
Sizes AllPairs(const std::vector<std::string>& thumbnails, const std::vector<int>& labels) {
  const auto standard = [](const std::string& thumbnail) {
    std::vector<double> row;
    for (const char c : thumbnail) row.push_back(static_cast<unsigned char>(c));
    double mean = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    double squares = 0;
    for (double& value : row) squares += (value - mean) * (value - mean);
    for (double& value : row) value = (value - mean) / std::sqrt(squares);
    return std::pair(row, std::sqrt(squares));
  };
  const std::size_t count = thumbnails.size();
  std::vector<std::vector<bool>> alike(count, std::vector<bool>(count));
  std::vector<std::vector<bool>> same = alike;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      const auto [a, length_a] = standard(thumbnails[i]);
      const auto [b, length_b] = standard(thumbnails[j]);
      double correlation = 0;
      double largest = 0;
      for (std::size_t p = 0; p < a.size(); ++p) {
        correlation += a[p] * b[p];
        largest = std::max(largest, std::abs(a[p] - b[p]) * std::max(length_a, length_b));
      }
      alike[i][j] = labels[i] == labels[j] && correlation >= 0.999;
      same[i][j] = alike[i][j] && largest <= 1.5;
    }
  }
  const auto join = [&](const std::vector<std::vector<bool>>& pairs) {
    Sizes first(count);
    for (std::size_t i = 0; i < count; ++i) first[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < count; ++j) {
          if (pairs[i][j] && first[j] < first[i]) first[i] = first[j], changed = true;
        }
      }
    }
    return first;
  };
  Sizes result = join(alike);
  const Sizes closer = join(same);
  const Sizes wide = result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto size = std::count(wide.begin(), wide.end(), wide[i]);
    if (size > static_cast<std::ptrdiff_t>(kMostOfOnePicture)) result[i] = closer[i];
  }
  return result;
}

TEST(NearDuplicates, FindsWhatAllPairsFind) {
  std::vector<std::string> thumbnails;
  std::vector<int> labels;
  Random random(3);
  for (std::uint64_t i = 0; i < 240; ++i) {
    const std::uint64_t kind = random.Below(4);
    thumbnails.push_back(Coarser(Thumbnail(kind == 0   ? Scene(random.Below(40))
                                           : kind == 1 ? Photo(random.Below(20), 64)
                                           : kind == 2 ? Photo(random.Below(20), 48, 1.1)
                                                       : Photo(1000 + i, 64))));
    labels.push_back(static_cast<int>(random.Below(2)));
  }
  EXPECT_EQ(Near(thumbnails, labels), AllPairs(thumbnails, labels));
}

TEST(JoinGroups, JoinsByNameContentAndPicture) {
  const std::vector<std::string> groups{"g", "", "g", "", "", ""};
  const std::vector<std::string> contents{"a", "b", "c", "b", "d", "e"};
  EXPECT_EQ(JoinGroups(groups, contents, Sizes{0, 1, 2, 3, 0, 5}), (std::vector<int>{0, 1, 0, 1, 0, 2}));
  EXPECT_EQ(JoinGroups(groups, contents, {}), (std::vector<int>{0, 1, 0, 1, 2, 3}));
}

TEST(CountJoined, CountsImagesAndPictures) {
  const JoinedImages joined = CountJoined(Sizes{0, 1, 0, 3, 1, 0});
  EXPECT_EQ(joined.images, 5U);
  EXPECT_EQ(joined.pictures, 2U);
}

}  // namespace
}  // namespace amsel
