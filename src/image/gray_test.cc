#include "image/gray.h"

#include <gtest/gtest.h>

#include "tests/support/random_image.h"

namespace amsel {
namespace {

TEST(GrayAsPillow, IsItsIntegersForEveryWidth) {
  for (int width = 1; width < 40; ++width) {
    const Image image = RandomImage(width, 3, static_cast<std::uint64_t>(width));
    ImageView view(image);
    view.stride = static_cast<std::size_t>(width) * 3;
    std::vector<std::uint8_t> gray(static_cast<std::size_t>(width) * 3);
    GrayAsPillow(view, gray.data());
    for (std::size_t i = 0; i < gray.size(); ++i) {
      const std::uint8_t* bgr = &image.pixels[3 * i];
      ASSERT_EQ(gray[i], (19595 * bgr[2] + 38470 * bgr[1] + 7471 * bgr[0] + 32768) / 65536) << width << " " << i;
    }
  }
}

TEST(GrayAsPillow, KeepsBlackGreyAndWhite) {
  const Image image{3, 1, {0, 0, 0, 128, 128, 128, 255, 255, 255}};
  ImageView view(image);
  view.stride = 9;
  std::vector<std::uint8_t> gray(3);
  GrayAsPillow(view, gray.data());
  EXPECT_EQ(gray, (std::vector<std::uint8_t>{0, 128, 255}));
}

}  // namespace
}  // namespace amsel
