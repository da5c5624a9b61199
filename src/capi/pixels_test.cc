#include "capi/pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMany = 1000;

class Pixels : public testing::Test {
 protected:
  static amsel_pixels Of(const std::vector<std::uint8_t>& bytes, int width, int height, int format) {
    amsel_pixels pixels = AMSEL_PIXELS_INIT;
    pixels.data = bytes.data();
    pixels.width = width;
    pixels.height = height;
    pixels.format = format;
    return pixels;
  }
  const std::vector<std::uint8_t> bytes_{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
};

TEST_F(Pixels, BgrIsCopiedAndRgbIsTurned) {
  EXPECT_THAT(ImageFromPixels(Of(bytes_, 2, 1, AMSEL_PIXELS_BGR), kMany)->pixels, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(ImageFromPixels(Of(bytes_, 2, 1, AMSEL_PIXELS_RGB), kMany)->pixels, ElementsAre(3, 2, 1, 6, 5, 4));
}

TEST_F(Pixels, GreyBecomesThreeEqualChannels) {
  const auto image = ImageFromPixels(Of(bytes_, 1, 2, AMSEL_PIXELS_GRAY), kMany);
  EXPECT_EQ(image->width, 1);
  EXPECT_EQ(image->height, 2);
  EXPECT_THAT(image->pixels, ElementsAre(1, 1, 1, 2, 2, 2));
}

TEST_F(Pixels, PaddingBetweenRowsIsSkipped) {
  amsel_pixels pixels = Of(bytes_, 1, 2, AMSEL_PIXELS_BGR);
  pixels.stride = 8;
  EXPECT_THAT(ImageFromPixels(pixels, kMany)->pixels, ElementsAre(1, 2, 3, 9, 10, 11));
  pixels.format = AMSEL_PIXELS_RGB;
  EXPECT_THAT(ImageFromPixels(pixels, kMany)->pixels, ElementsAre(3, 2, 1, 11, 10, 9));
  pixels.format = AMSEL_PIXELS_GRAY;
  EXPECT_THAT(ImageFromPixels(pixels, kMany)->pixels, ElementsAre(1, 1, 1, 9, 9, 9));
}

TEST_F(Pixels, WhatCannotBeAnImageIsRefused) {
  const auto complaint = [](const amsel_pixels& pixels) {
    const auto image = ImageFromPixels(pixels, kMany);
    return image.ok() ? std::string("none") : image.error().message;
  };
  const int most = std::numeric_limits<int>::max();
  EXPECT_THAT(complaint(Of(bytes_, 0, 1, AMSEL_PIXELS_BGR)), HasSubstr("no pixels"));
  EXPECT_THAT(complaint(Of(bytes_, 1, -1, AMSEL_PIXELS_BGR)), HasSubstr("no pixels"));
  EXPECT_THAT(complaint(Of(bytes_, most, most, AMSEL_PIXELS_BGR)), HasSubstr("over the limit of 1000"));
  EXPECT_THAT(complaint(Of(bytes_, 1, 1, 0)), HasSubstr("pixels.format is 0"));
  EXPECT_THAT(complaint(Of(bytes_, 1, 1, 99)), HasSubstr("pixels.format is 99"));
  amsel_pixels pixels = Of(bytes_, 2, 2, AMSEL_PIXELS_BGR);
  pixels.stride = 5;
  EXPECT_THAT(complaint(pixels), HasSubstr("shorter than a row of 6"));
  pixels.data = nullptr;
  EXPECT_THAT(complaint(pixels), HasSubstr("pixels.data is NULL"));
}

}  // namespace
}  // namespace amsel
