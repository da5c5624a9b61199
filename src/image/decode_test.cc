#include "image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "image/mat.h"
#include "tests/support/exif.h"

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

TEST(DecodeImage, MoreThanMemoryHoldsIsAnErrorOfThatImage) {
  std::string tiff("II*\0\x08\0\0\0\3\0", 10);  // a directory of three entries: width, height, the only strip
  for (const char tag : {'\0', '\1', '\x11'}) {
    tiff += tag;
    tiff += std::string(tag == '\x11' ? "\1\4\0\1\0\0\0\0\0\0\0" : "\1\4\0\1\0\0\0\xFF\xFF\xFF\x2F", 11);
  }
  DecodeOptions options;
  EXPECT_THAT(DecodeImage(tiff, options).error().message, HasSubstr("over the limit"));
  options.max_pixels = INT64_MAX;
  EXPECT_THAT(DecodeImage(tiff, options).error().message, HasSubstr("no memory for the 805306367x805306367 pixels"));
}

TEST(DecodeImage, AJpegOfHundredsOfScansIsRefusedBeforeTheyAreDecoded) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", Gradient(16, 16), bytes, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  std::string jpeg(bytes.begin(), bytes.end());
  EXPECT_TRUE(DecodeImage(jpeg).ok());
  const std::size_t last = jpeg.rfind("\xFF\xDA");
  const std::string scan = jpeg.substr(last, jpeg.size() - 2 - last);
  for (int n = 0; n < 100; ++n) jpeg.insert(last, scan);
  EXPECT_THAT(DecodeImage(jpeg).error().message, HasSubstr("more than 100 scans"));
}

TEST(DecodeImage, APgmDeclaresOneSizeHoweverItsCommentsEnd) {
  DecodeOptions few;
  few.max_pixels = 200;
  const std::string hidden = "P5\n#x\r30 30 254\n10 10 254\n" + std::string(900, 'x');
  EXPECT_THAT(DecodeImage(hidden, few).error().message, HasSubstr("30x30"));
}

TEST(DecodeImage, AnotherFormatHiddenInsideIsNotFollowed) {  // as OpenCV finds DICOM and DTED
  std::string hidden("RIFF\0\1\0\0WEBPVP8X\0\0\1\0", 20);
  hidden.resize(128);
  hidden += "DICM";
  hidden.resize(140);
  hidden += "DTED" + std::string(70'000, '\2');
  EXPECT_FALSE(DecodeImage(hidden).ok());
  hidden.replace(12, 4, "XXXX");
  EXPECT_FALSE(DecodeImage(hidden).ok());
  EXPECT_THAT(DecodeImage("P5x1 1 255 y").error().message, HasSubstr("not a readable PGM"));
  hidden.replace(0, 4, "????");
  EXPECT_THAT(DecodeImage(hidden).error().message, HasSubstr("a DICOM file"));
}

TEST(DecodeImage, EmptyAndForeignBytesAreNamed) {
  EXPECT_THAT(DecodeImage("").error().message, HasSubstr("empty"));
  EXPECT_THAT(DecodeImage("path,label\n").error().message, HasSubstr("not a JPEG, PNG"));
}

DecodeOptions AtLeast(int min_side) {
  DecodeOptions options;
  options.min_side = min_side;
  return options;
}

TEST(DecodeImage, JpegIsReducedWhileItsShorterSideStaysLongEnough) {
  const std::string jpeg = Encode(".jpg", Gradient(401, 240));
  struct Case {
    int min_side;
    int width;
    int height;
  };
  for (const Case& expected : {Case{0, 401, 240}, Case{241, 401, 240}, Case{121, 401, 240}, Case{120, 201, 120},
                               Case{61, 201, 120}, Case{60, 101, 60}, Case{30, 51, 30}, Case{1, 51, 30}}) {
    const auto image = DecodeImage(jpeg, AtLeast(expected.min_side));
    ASSERT_TRUE(image.ok()) << image.error().message;
    EXPECT_EQ(image->width, expected.width) << expected.min_side;
    EXPECT_EQ(image->height, expected.height) << expected.min_side;
    EXPECT_EQ(image->full_width, 401);
    EXPECT_EQ(image->full_height, 240);
    EXPECT_EQ(image->pixels.size(), static_cast<std::size_t>(expected.width) * expected.height * 3);
    EXPECT_EQ(DecodedBytes(*ReadImageHeader(jpeg), AtLeast(expected.min_side)),
              static_cast<std::int64_t>(image->pixels.size()));
  }
}

TEST(DecodeImage, OtherFormatsAreNeverReduced) {
  const std::string png = Encode(".png", Gradient(64, 48));
  const auto image = DecodeImage(png, AtLeast(1));
  EXPECT_EQ(image->width, 64);
  EXPECT_EQ(image->full_width, 64);
  EXPECT_EQ(DecodedBytes(*ReadImageHeader(png), AtLeast(1)), 64 * 48 * 3);
}

TEST(DecodeImage, AReducedPictureIsTheAverageOfTheWhole) {
  cv::Mat smooth;
  cv::resize(Gradient(6, 5), smooth, {480, 400}, 0, 0, cv::INTER_CUBIC);
  const std::string jpeg = Encode(".jpg", smooth);
  const auto whole = DecodeImage(jpeg);
  const auto reduced = DecodeImage(jpeg, AtLeast(100));
  cv::Mat averaged;
  cv::resize(MatOf(*whole), averaged, {120, 100}, 0, 0, cv::INTER_AREA);
  EXPECT_LT(cv::norm(averaged, MatOf(*reduced), cv::NORM_L1) / (120 * 100 * 3), 1);
}

TEST(DecodeImage, ExifTurnsAJpegAsOpenCvDoes) {
  const std::string jpeg = Encode(".jpg", Gradient(37, 22));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string tagged = WithExif(jpeg, TiffWithOrientation(orientation, orientation % 2 == 0));
    const cv::Mat expected = cv::imdecode(std::vector<unsigned char>(tagged.begin(), tagged.end()), cv::IMREAD_COLOR);
    const auto image = DecodeImage(tagged);
    ASSERT_TRUE(image.ok()) << image.error().message;
    ASSERT_EQ(image->width, expected.cols) << orientation;
    ASSERT_EQ(image->height, expected.rows) << orientation;
    EXPECT_EQ(std::memcmp(image->pixels.data(), expected.data, image->pixels.size()), 0) << orientation;
    const auto reduced = DecodeImage(tagged, AtLeast(11));
    EXPECT_EQ(reduced->width, orientation < 5 ? 19 : 11);
    EXPECT_EQ(reduced->full_width, orientation < 5 ? 37 : 22);
    EXPECT_EQ(reduced->full_height, orientation < 5 ? 22 : 37);
  }
}

TEST(DecodeImage, DamagedExifIsIgnored) {
  const std::string jpeg = Encode(".jpg", Gradient(16, 8));
  const std::string tiff = TiffWithOrientation(6, true);
  for (std::size_t length = 0; length < 30; ++length) {
    const auto image = DecodeImage(WithExif(jpeg, tiff.substr(0, length)));
    ASSERT_TRUE(image.ok()) << length;
    EXPECT_EQ(image->width, 16) << length;
  }
}

TEST(ImageDecoder, IsAsGoodAsNewAfterOtherImagesAndAfterErrors) {
  const std::string jpeg = Encode(".jpg", Gradient(64, 48));
  const std::vector<std::string> files{jpeg,
                                       Encode(".jpg", Gradient(300, 200)),
                                       jpeg.substr(0, jpeg.size() / 2),
                                       jpeg,
                                       WithExif(jpeg, TiffWithOrientation(8, true)),
                                       "rubbish",
                                       Encode(".png", Gradient(9, 7)),
                                       jpeg};
  ImageDecoder decoder(AtLeast(40));
  Image image;
  for (const std::string& file : files) {
    const auto alone = DecodeImage(file, AtLeast(40));
    const Status status = decoder.Decode(file, image);
    ASSERT_EQ(status.ok(), alone.ok());
    if (!status.ok()) continue;
    EXPECT_EQ(image.width, alone->width);
    EXPECT_EQ(image.full_height, alone->full_height);
    EXPECT_EQ(image.pixels, alone->pixels);
  }
}

TEST(ImageDecoder, AFileCutAnywhereLeavesNoTraceInTheNext) {
  const std::string jpeg = Encode(".jpg", Gradient(64, 48));
  const auto expected = DecodeImage(jpeg);
  ImageDecoder decoder;
  Image image;
  for (std::size_t length = 0; length < jpeg.size(); length += length < 700 ? 1 : 97) {
    EXPECT_FALSE(decoder.Decode(std::string_view(jpeg).substr(0, length), image).ok()) << length;
    const Status status = decoder.Decode(jpeg, image);
    ASSERT_TRUE(status.ok()) << length << ": " << status.error().message;
    EXPECT_EQ(image.pixels, expected->pixels) << length;
  }
}

TEST(DecodeImage, PgmAndPpmOfOtherDepthsAreScaledToTheWholeRange) {
  const auto pixels = [](const std::string& bytes) {
    const auto image = DecodeImage(bytes);
    EXPECT_TRUE(image.ok()) << image.error().message;
    return image.ok() ? image->pixels : std::vector<std::uint8_t>();
  };
  using Pixels = std::vector<std::uint8_t>;
  EXPECT_EQ(pixels("P5\n3 1\n15\n\x01\x0F\x10"), (Pixels{17, 17, 17, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(pixels("P6 # colour\n1 1 3\n\x01\x02\x03"), (Pixels{255, 170, 85}));
  EXPECT_EQ(pixels("P5 2 1 4095\n\x08\x01\x0F\xFF"), (Pixels{128, 128, 128, 255, 255, 255}));
  EXPECT_EQ(pixels("P6 1 1 65535\n\x12\xFF\x56\x78\x9A\xBC"), (Pixels{0x9A, 0x56, 0x12}));
}

TEST(DecodeImage, WhatFollowsTheEndOfAJpegDoesNotCount) {
  const std::string photo = Encode(".jpg", Gradient(64, 48));
  const auto alone = DecodeImage(photo);
  std::string video = "\xFF\xD8 video ";
  for (int n = 0; n < 200; ++n) video += "\xFF\xDA";
  const auto image = DecodeImage(photo + video + Encode(".jpg", Gradient(5, 5)));
  ASSERT_TRUE(image.ok()) << image.error().message;
  EXPECT_EQ(image->pixels, alone->pixels);
  EXPECT_EQ(image->file.bytes, static_cast<std::int64_t>(photo.size()));
  EXPECT_EQ(image->file.jpeg_quality, alone->file.jpeg_quality);
}

TEST(DecodeImage, TiffOfEveryCompressionAndDepthHasThePixelsThatWereWritten) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3}) {
    for (const int compression : {1, 5, 8, 32773, 32946}) {
      const cv::Mat picture = Gradient(203, 67, type);
      std::vector<unsigned char> bytes;
      cv::imencode(".tif", picture, bytes, {cv::IMWRITE_TIFF_COMPRESSION, compression});
      cv::Mat expected = picture;
      if (picture.depth() == CV_16U) {
        expected = cv::Mat(picture.size(), CV_8UC(picture.channels()));
        for (int i = 0; i < picture.rows * picture.cols * picture.channels(); ++i) {
          expected.data[i] = static_cast<unsigned char>(reinterpret_cast<const std::uint16_t*>(picture.data)[i] >> 8);
        }
      }
      if (picture.channels() == 1) cv::cvtColor(expected, expected, cv::COLOR_GRAY2BGR);
      if (picture.channels() == 4) cv::cvtColor(expected, expected, cv::COLOR_BGRA2BGR);
      const auto image = DecodeImage(std::string(bytes.begin(), bytes.end()));
      ASSERT_TRUE(image.ok()) << type << ", " << compression << ": " << image.error().message;
      ASSERT_EQ(image->pixels.size(), expected.total() * 3);
      EXPECT_EQ(std::memcmp(image->pixels.data(), expected.data, image->pixels.size()), 0)
          << type << ", " << compression;
    }
  }
}

TEST(EncodePgm, IsReadBack) {
  const auto image = DecodeImage(EncodePgm(2, 1, "\x05\x09"));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->pixels, (std::vector<std::uint8_t>{5, 5, 5, 9, 9, 9}));
}

}  // namespace
}  // namespace amsel
