#include "capi/pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(ViewOfPixels, IsOfTheCallersMemoryInEachFormat) {
  const std::vector<std::pair<int, PixelFormat>> formats{{AMSEL_PIXELS_BGR, PixelFormat::kBgr},
                                                         {AMSEL_PIXELS_RGB, PixelFormat::kRgb},
                                                         {AMSEL_PIXELS_GRAY, PixelFormat::kGray},
                                                         {AMSEL_PIXELS_NV12, PixelFormat::kNv12}};
  const std::uint8_t bytes[64] = {};
  for (const auto& [format, meant] : formats) {
    const amsel_pixels pixels{sizeof(amsel_pixels), bytes, 4, 2, 12, format, bytes + 32, 16};
    const auto view = ViewOfPixels(pixels);
    ASSERT_TRUE(view.ok()) << view.error().message;
    EXPECT_EQ(view->format, meant);
    EXPECT_EQ(view->pixels, bytes);
    EXPECT_EQ(view->width, 4);
    EXPECT_EQ(view->height, 2);
    EXPECT_EQ(view->stride, 12U);
    EXPECT_EQ(view->chroma, bytes + 32);
    EXPECT_EQ(view->chroma_stride, 16U);
  }
}

TEST(ViewOfPixels, NeedsDataAndAKnownFormat) {
  const std::uint8_t bytes[3] = {};
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  EXPECT_THAT(ViewOfPixels(pixels).error().message, HasSubstr("pixels.data is NULL"));
  pixels.data = bytes;
  for (const int format : {0, 5, 99, -1}) {
    pixels.format = format;
    EXPECT_THAT(ViewOfPixels(pixels).error().message, HasSubstr("pixels.format is " + std::to_string(format)));
  }
}

}  // namespace
}  // namespace amsel
