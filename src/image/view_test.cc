#include "image/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;
constexpr std::int64_t kMany = 1 << 20;

/// 2 × 2 pixels whose rows are 3 bytes apart from each other's end.
std::vector<std::uint8_t> Padded(const std::vector<std::uint8_t>& rows) {
  std::vector<std::uint8_t> padded;
  const std::size_t row = rows.size() / 2;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    padded.push_back(rows[i]);
    if ((i + 1) % row == 0) padded.insert(padded.end(), 3, 99);
  }
  return padded;
}

std::vector<std::uint8_t> Converted(const ImageView& view) {
  EXPECT_TRUE(CheckView(view, kMany).ok());
  Image image;
  const ImageView bgr = ToBgr(view, image);
  EXPECT_EQ(bgr.format, PixelFormat::kBgr);
  EXPECT_EQ(bgr.width, view.width);
  EXPECT_EQ(bgr.height, view.height);
  return image.pixels;
}

TEST(ToBgr, AViewOfBgrIsNotCopied) {
  const std::vector<std::uint8_t> pixels(12, 7);
  Image unused;
  const ImageView view(PixelFormat::kBgr, 2, 2, pixels.data());
  EXPECT_EQ(ToBgr(view, unused).pixels, pixels.data());
  EXPECT_TRUE(unused.pixels.empty());
}

TEST(ToBgr, RgbIsExchangedAndGreyRepeated) {
  const std::vector<std::uint8_t> rgb{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const std::vector<std::uint8_t> bgr{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10};
  EXPECT_EQ(Converted({PixelFormat::kRgb, 2, 2, rgb.data()}), bgr);
  const std::vector<std::uint8_t> padded = Padded(rgb);
  EXPECT_EQ(Converted({PixelFormat::kRgb, 2, 2, padded.data(), 9}), bgr);
  const std::vector<std::uint8_t> gray = Padded({5, 6, 7, 8});
  EXPECT_EQ(Converted({PixelFormat::kGray, 2, 2, gray.data(), 5}),
            (std::vector<std::uint8_t>{5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8}));
}

/// B = 1.164 (Y − 16) + 2.018 (U − 128), G = … − 0.391 (U − 128) − 0.813 (V − 128), R = … + 1.596 (V − 128).
TEST(ToBgr, Nv12IsBt601) {
  const std::vector<std::uint8_t> frame{16, 235, 126, 126, 128, 128};  // black, white, grey, grey
  const std::vector<std::uint8_t> pixels = Converted({PixelFormat::kNv12, 2, 2, frame.data()});
  const std::vector<int> expected{0, 0, 0, 255, 255, 255, 128, 128, 128, 128, 128, 128};
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(pixels[i], expected[i], 1) << i;
  const std::vector<std::uint8_t> red{81, 81, 81, 81, 90, 240};
  const std::vector<std::uint8_t> turned = Converted({PixelFormat::kNv12, 2, 2, red.data()});
  EXPECT_NEAR(turned[0], 0, 2);
  EXPECT_NEAR(turned[1], 0, 2);
  EXPECT_NEAR(turned[2], 254, 2);
}

TEST(ToBgr, Nv12PlanesMayLieApartAndBePadded) {
  const std::vector<std::uint8_t> frame{16, 235, 126, 81, 90, 240};
  const std::vector<std::uint8_t> luma = Padded({16, 235, 126, 81});
  const std::vector<std::uint8_t> chroma{90, 240, 0, 0};
  ImageView view(PixelFormat::kNv12, 2, 2, luma.data(), 5);
  view.chroma = chroma.data();
  view.chroma_stride = 4;
  EXPECT_EQ(Converted(view), Converted({PixelFormat::kNv12, 2, 2, frame.data()}));
}

TEST(CheckView, WhatCannotBeReadIsRefused) {
  const std::vector<std::uint8_t> pixels(64);
  const auto complaint = [](const ImageView& view, std::int64_t most = kMany) {
    const Status status = CheckView(view, most);
    return status.ok() ? "accepted" : status.error().message;
  };
  EXPECT_THAT(complaint({}), HasSubstr("no pixels"));
  EXPECT_THAT(complaint({PixelFormat::kBgr, 2, 2, nullptr}), HasSubstr("no pixels"));
  EXPECT_THAT(complaint({PixelFormat::kBgr, -2, 2, pixels.data()}), HasSubstr("no pixels"));
  EXPECT_THAT(complaint({PixelFormat::kBgr, 4, 4, pixels.data()}, 15), HasSubstr("over the limit of 15"));
  EXPECT_THAT(complaint({PixelFormat::kRgb, 4, 4, pixels.data(), 11}), HasSubstr("rows have 12"));
  EXPECT_EQ(complaint({PixelFormat::kGray, 4, 4, pixels.data(), 4}), "accepted");
  EXPECT_THAT(complaint({PixelFormat::kNv12, 3, 4, pixels.data()}), HasSubstr("even"));
  EXPECT_THAT(complaint({PixelFormat::kNv12, 4, 3, pixels.data()}), HasSubstr("even"));
  ImageView narrow(PixelFormat::kNv12, 4, 4, pixels.data());
  narrow.chroma_stride = 3;
  EXPECT_THAT(complaint(narrow), HasSubstr("chroma stride"));
  for (const std::size_t stride :
       {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4 + 1}) {  // of which some products wrap to little
    EXPECT_THAT(complaint({PixelFormat::kBgr, 4, 4, pixels.data(), stride}), HasSubstr("than memory has addresses"));
    EXPECT_THAT(complaint({PixelFormat::kNv12, 4, 4, pixels.data(), stride}), HasSubstr("than memory has addresses"));
    narrow.chroma_stride = stride;
    EXPECT_THAT(complaint(narrow), HasSubstr("than memory has addresses"));
  }
}

}  // namespace
}  // namespace amsel
