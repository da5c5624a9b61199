// Files as other programs write them (tests/data/images), against the formula of their pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

#include "image/decode.h"
#include "image/image_magic.h"
#include "tests/support/sample_image.h"

namespace amsel {
namespace {

using testing::HasSubstr;

struct Sample {
  const char* file;
  Bgr (*picture)(int x, int y);
  int tolerance;  ///< of a channel
};

void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.file;
}

bool NeedsHeif(const std::string& file) {
  return file.ends_with(".heic") || file.ends_with(".avif");
}

/// The largest difference of any channel between `image` from (left, top) on and the sample's picture.
int Difference(const Image& image, Bgr (*picture)(int x, int y), int left, int top, int width, int height) {
  int most = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const auto at = static_cast<std::size_t>((top + y) * image.width + left + x) * 3 + channel;
        most = std::max(most, std::abs(image.pixels[at] - picture(x, y)[channel]));
      }
    }
  }
  return most;
}

class SampleFiles : public testing::TestWithParam<Sample> {};

TEST_P(SampleFiles, HaveThePixelsThatTheirPictureHas) {
  const auto& [file, picture, tolerance] = GetParam();
  const std::string bytes = SampleFile(file);
  ASSERT_FALSE(bytes.empty()) << file;
  EXPECT_EQ(LooksLikeImage(bytes), ImageMagic::kYes);
  const auto image = DecodeImage(bytes);
  if (!image.ok() && NeedsHeif(file) && image.error().message.find("reading it needs") != std::string::npos) {
    GTEST_SKIP() << "without libheif: " << image.error().message;
  }
  ASSERT_TRUE(image.ok()) << image.error().message;
  const bool turned = picture == &TurnedSample;
  ASSERT_EQ(image->width, turned ? kSampleHeight : kSampleWidth);
  ASSERT_EQ(image->height, turned ? kSampleWidth : kSampleHeight);
  EXPECT_EQ(image->full_width, image->width);
  EXPECT_EQ(image->file.bytes, static_cast<std::int64_t>(bytes.size()));
  EXPECT_LE(Difference(*image, picture, 0, 0, image->width, image->height), tolerance);
  const auto header = ReadImageHeader(bytes);
  ASSERT_TRUE(header.ok());
  EXPECT_GE(DecodedBytes(*header, {}), static_cast<std::int64_t>(image->pixels.size()));
}

TEST_P(SampleFiles, AreRefusedBeforeTheyAreDecodedWhereTheyHaveMorePixelsThanAllowed) {
  DecodeOptions few;
  few.max_pixels = kSampleWidth * kSampleHeight - 1;
  const auto image = DecodeImage(SampleFile(GetParam().file), few);
  ASSERT_FALSE(image.ok());
  EXPECT_THAT(image.error().message, HasSubstr("over the limit of 359"));
}

TEST_P(SampleFiles, CutAnywhereNeverGiveAnotherPicture) {
  const auto& [file, picture, tolerance] = GetParam();
  const std::string bytes = SampleFile(file);
  for (std::size_t length = 0; length < bytes.size(); length += length < 120 ? 1 : 13) {
    const auto image = DecodeImage(std::string_view(bytes).substr(0, length));
    if (!image.ok()) continue;  // what may be missing are marks of the end, and turning
    const bool turned = picture == &TurnedSample && image->width == kSampleHeight;
    EXPECT_LE(Difference(*image, turned || picture != &TurnedSample ? picture : &ColourSample, 0, 0, image->width,
                         image->height),
              tolerance)
        << length;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, SampleFiles,
    testing::Values(Sample{"big_lzw_tiles.tif", ColourSample, 0}, Sample{"deflate_planes16.tif", ColourSample, 0},
                    Sample{"gray16_white.tif", GraySample, 0}, Sample{"gray_alpha.tif", GraySample, 0},
                    Sample{"packbits_palette.tif", PaletteSample, 0}, Sample{"bilevel.tif", BilevelSample, 0},
                    Sample{"cmyk.tif", ColourSample, 1}, Sample{"jpeg.tif", ColourSample, 12},
                    Sample{"turned.tif", TurnedSample, 0}, Sample{"plain.gif", PaletteSample, 0},
                    Sample{"interlaced.gif", PaletteSample, 0}, Sample{"gray.gif", GraySample, 0},
                    Sample{"animated.gif", PaletteSample, 0}, Sample{"alpha.webp", ColourSample, 16},
                    Sample{"turned.webp", TurnedSample, 0}, Sample{"palette_transparent.png", PaletteSample, 0},
                    Sample{"gray_alpha.png", GraySample, 0}, Sample{"interlaced16.png", ColourSample, 0},
                    Sample{"animated.png", ColourSample, 0}, Sample{"turned.png", TurnedSample, 0},
                    Sample{"alpha.bmp", ColourSample, 0}, Sample{"os2.bmp", PaletteSample, 0},
                    Sample{"rle8.bmp", PaletteSample, 0}, Sample{"top_down4.bmp", PaletteSample, 0},
                    Sample{"plain.heic", ColourSample, 16}, Sample{"turned.heic", TurnedSample, 16},
                    Sample{"plain.avif", ColourSample, 16}, Sample{"turned.avif", TurnedSample, 16}),
    [](const auto& sample) {
      std::string name = sample.param.file;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

/// A frame of 20 × 18 at (6, 4) of a canvas of 30 × 25.
void ExpectOnCanvas(const std::string& file, Bgr (*picture)(int x, int y), const Bgr& around) {
  const auto image = DecodeImage(SampleFile(file));
  ASSERT_TRUE(image.ok()) << file << ": " << image.error().message;
  ASSERT_EQ(image->width, 30);
  ASSERT_EQ(image->height, 25);
  EXPECT_EQ(Difference(*image, picture, 6, 4, kSampleWidth, kSampleHeight), 0);
  for (const std::size_t pixel : {0, 29, 24 * 30, 24 * 30 + 29, 3 * 30 + 6, 4 * 30 + 5, 22 * 30 + 6, 21 * 30 + 26}) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      EXPECT_EQ(image->pixels[pixel * 3 + channel], around[channel]) << file << " at " << pixel;
    }
  }
}

TEST(DecodeImage, TheFirstFrameOfAGifLiesOnItsCanvasAroundWhichIsTheTransparentColour) {
  ExpectOnCanvas("on_canvas.gif", &PaletteSample, SamplePalette(3));
}

TEST(DecodeImage, TheFirstFrameOfAnAnimatedWebpLiesOnABlackCanvas) {
  ExpectOnCanvas("animated.webp", &ColourSample, {0, 0, 0});
}

TEST(DecodeImage, ColoursThatWereMultipliedByAlphaAreRestored) {
  const auto image = DecodeImage(SampleFile("premultiplied.tif"));
  ASSERT_TRUE(image.ok()) << image.error().message;
  // Alpha falls from left to right, and with it what is known of a colour: 255 / alpha levels.
  EXPECT_LE(Difference(*image, &ColourSample, 0, 0, 10, kSampleHeight), 2);
  EXPECT_LE(Difference(*image, &ColourSample, 0, 0, kSampleWidth, kSampleHeight), 255 / (255 - 19 * 12) + 1);
}

TEST(DecodeImage, WhatIsNotReadIsNamed) {
  for (const auto& [file, name] : std::vector<std::pair<std::string, std::string>>{{"float.tif", "floating point"},
                                                                                   {"bands.tif", "6 bands"},
                                                                                   {"bigtiff.tif", "BigTIFF"},
                                                                                   {"zstd.tif", "compression 50000"},
                                                                                   {"masks.bmp", "colour masks"}}) {
    const auto image = DecodeImage(SampleFile(file));
    ASSERT_FALSE(image.ok()) << file;
    EXPECT_THAT(image.error().message, HasSubstr(name));
  }
}

}  // namespace
}  // namespace amsel
