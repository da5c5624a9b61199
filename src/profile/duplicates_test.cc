#include "profile/duplicates.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace amsel {
namespace {

Image Noise(std::uint64_t seed, int side) {
  Random random(seed);
  Image image{side, side, {}};
  // Blocks, so that the averaged thumbnail keeps a structure.
  std::vector<std::uint8_t> blocks(64);
  for (auto& block : blocks) block = static_cast<std::uint8_t>(random.Below(256));
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(blocks[static_cast<std::size_t>(y * 8 / side * 8 + x * 8 / side)]);
    }
  }
  return image;
}

TEST(JoinGroups, JoinsByNameContentAndLikeness) {
  const std::vector<std::string> groups{"g", "", "g", "", "", ""};
  const std::vector<std::string> contents{"a", "b", "c", "b", "d", "e"};
  const std::vector<std::string> thumbnails{Thumbnail(Noise(1, 32)), Thumbnail(Noise(2, 32)), Thumbnail(Noise(3, 32)),
                                            Thumbnail(Noise(4, 32)), Thumbnail(Noise(1, 64)), Thumbnail(Noise(6, 32))};
  const std::vector<int> labels(6, 0);
  const std::vector<int> joined = JoinGroups(groups, contents, thumbnails, labels);
  EXPECT_EQ(joined[0], joined[2]);  // one group by name
  EXPECT_EQ(joined[1], joined[3]);  // one content
  EXPECT_EQ(joined[0], joined[4]);  // the same picture at another size
  EXPECT_NE(joined[0], joined[1]);
  EXPECT_NE(joined[0], joined[5]);
}

TEST(JoinGroups, FlatPicturesResembleNone) {
  const std::vector<std::string> none(2);
  const std::vector<std::string> contents{"a", "b"};
  const std::string flat(64, '\x40');
  EXPECT_EQ(JoinGroups(none, contents, std::vector<std::string>{flat, flat}, std::vector<int>{0, 0}),
            (std::vector<int>{0, 1}));
}

TEST(JoinGroups, AlikePicturesOfOtherClassesStayApart) {
  const std::vector<std::string> none(2);
  const std::vector<std::string> contents{"a", "b"};
  const std::string same = Thumbnail(Noise(1, 32));
  EXPECT_EQ(JoinGroups(none, contents, std::vector<std::string>{same, same}, std::vector<int>{0, 1}),
            (std::vector<int>{0, 1}));
}

}  // namespace
}  // namespace amsel
