#include "image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>

namespace amsel {
namespace {

using testing::HasSubstr;

cv::Mat Gradient(int width, int height, int type = CV_8UC3) {
  cv::Mat picture(height, width, type);
  cv::randu(picture, 0, 255);
  return picture;
}

std::string Encode(const char* extension, const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, picture, bytes);
  return {bytes.begin(), bytes.end()};
}

class EveryFormat : public testing::TestWithParam<const char*> {};

TEST_P(EveryFormat, DecodesToThePixelsOfThePlainDecoder) {
  const std::string bytes = Encode(GetParam(), Gradient(37, 23));
  const cv::Mat expected = cv::imdecode(std::vector<unsigned char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
  const auto image = DecodeImage(bytes);
  ASSERT_TRUE(image.ok()) << image.error().message;
  ASSERT_EQ(image->width, 37);
  ASSERT_EQ(image->height, 23);
  EXPECT_EQ(std::memcmp(image->pixels.data(), expected.data, image->pixels.size()), 0);
}

TEST_P(EveryFormat, ATruncatedFileIsRefused) {
  const std::string bytes = Encode(GetParam(), Gradient(64, 64));
  for (const double share : {0.05, 0.3, 0.6, 0.9}) {
    const auto length = static_cast<std::size_t>(share * static_cast<double>(bytes.size()));
    EXPECT_FALSE(DecodeImage(std::string_view(bytes).substr(0, length)).ok()) << share;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::Values(".jpg", ".png", ".bmp", ".webp", ".ppm"));

TEST(DecodeImage, OnePixelIsAnImage) {
  const auto image = DecodeImage(Encode(".png", cv::Mat(1, 1, CV_8UC3, cv::Scalar(1, 2, 3))));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels, (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST(DecodeImage, GreyBecomesThreeEqualChannels) {
  for (const char* extension : {".jpg", ".png", ".pgm"}) {
    const auto image = DecodeImage(Encode(extension, cv::Mat(8, 8, CV_8U, cv::Scalar(90))));
    ASSERT_TRUE(image.ok()) << extension;
    EXPECT_EQ(image->pixels, std::vector<std::uint8_t>(8 * 8 * 3, 90)) << extension;
  }
}

TEST(DecodeImage, SixteenBitsBecomeEight) {
  const auto image = DecodeImage(Encode(".png", cv::Mat(4, 4, CV_16UC3, cv::Scalar(0x1234, 0x5678, 0x9ABC))));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels[0], 0x12);
  EXPECT_EQ(image->pixels[2], 0x9A);
}

TEST(DecodeImage, TransparencyIsDropped) {
  const auto image = DecodeImage(Encode(".png", cv::Mat(4, 4, CV_8UC4, cv::Scalar(10, 20, 30, 0))));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels[0], 10);
  EXPECT_EQ(image->pixels[1], 20);
}

TEST(DecodeImage, CmykJpegIsConverted) {  // tests/data/cmyk.jpg: 8×8 pixels of pure cyan
  std::FILE* file = std::fopen(AMSEL_TEST_DATA "/cmyk.jpg", "rb");
  ASSERT_NE(file, nullptr);
  std::string bytes(100'000, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  const auto image = DecodeImage(bytes);
  ASSERT_TRUE(image.ok()) << image.error().message;
  EXPECT_EQ(image->width, 8);
  EXPECT_GT(image->pixels[0], 150);  // blue
  EXPECT_LT(image->pixels[2], 90);   // red
}

TEST(DecodeImage, ABombIsRefusedByItsHeader) {
  std::string bomb = Encode(".png", Gradient(2, 2));
  for (const std::size_t at : {16U, 20U}) {  // 60,000 × 60,000
    bomb[at + 2] = '\xEA';
    bomb[at + 3] = '\x60';
  }
  EXPECT_THAT(DecodeImage(bomb).error().message, HasSubstr("60000x60000"));
  std::string jpeg = Encode(".jpg", Gradient(16, 16));
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  for (const std::size_t at : {5U, 7U}) {
    jpeg[frame + at] = '\xEA';
    jpeg[frame + at + 1] = '\x60';
  }
  EXPECT_THAT(DecodeImage(jpeg).error().message, HasSubstr("60000x60000"));
}

TEST(DecodeImage, AnotherFormatHiddenInsideIsNotFollowed) {
  std::string hidden =
      std::string("RIFF\0\0\0\0WEBPVP8X", 16) + std::string(112, '\0') + "DICM" + std::string(400, '\x02');
  EXPECT_THAT(DecodeImage(hidden).error().message, HasSubstr("DICOM"));
  hidden.replace(12, 4, "XXXX");
  EXPECT_THAT(DecodeImage(hidden).error().message, HasSubstr("not a readable WebP"));
  EXPECT_THAT(DecodeImage("P5x1 1 255 y").error().message, HasSubstr("not a readable PGM"));
}

TEST(DecodeImage, EmptyAndForeignBytesAreNamed) {
  EXPECT_THAT(DecodeImage("").error().message, HasSubstr("empty"));
  EXPECT_THAT(DecodeImage("path,label\n").error().message, HasSubstr("not a JPEG, PNG"));
}

TEST(EncodePgm, IsReadBack) {
  const auto image = DecodeImage(EncodePgm(2, 1, "\x05\x09"));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels, (std::vector<std::uint8_t>{5, 5, 5, 9, 9, 9}));
}

}  // namespace
}  // namespace amsel
