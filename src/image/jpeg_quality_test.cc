#include "image/jpeg_quality.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "image/decode.h"
#include "tests/support/exif.h"

namespace amsel {
namespace {

cv::Mat Ramp() {
  cv::Mat picture(24, 40, CV_8UC3);
  for (int i = 0; i < picture.rows * picture.cols * 3; ++i) picture.data[i] = static_cast<std::uint8_t>(i % 251);
  return picture;
}

std::string Encoded(const std::string& extension, const std::vector<int>& parameters = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, Ramp(), bytes, parameters);
  return {bytes.begin(), bytes.end()};
}

std::string Jpeg(int quality) {
  return Encoded(".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

/// A file's start and one DQT segment.
std::string WithTables(const std::string& content) {
  const std::size_t length = content.size() + 2;
  return std::string("\xFF\xD8\xFF\xDB", 4) + static_cast<char>(length >> 8) + static_cast<char>(length & 0xFF) +
         content;
}

TEST(JpegQuality, IsWhatTheEncoderWasAskedFor) {
  for (int quality = 1; quality <= 100; ++quality) EXPECT_EQ(JpegQuality(Jpeg(quality)), quality);
}

TEST(JpegQuality, IsFoundBehindAnExifSegment) {
  EXPECT_EQ(JpegQuality(WithExif(Jpeg(35), TiffWithOrientation(6, true))), 35);
}

TEST(JpegQuality, OfWideTablesIsFoundBehindAnotherTable) {
  std::string wide(1, '\x10');
  for (int i = 0; i < 64; ++i) wide += std::string("\0\x01", 2);  // as at quality 100
  const std::string other = "\x01" + std::string(64, '\x63');
  EXPECT_EQ(JpegQuality(WithTables(other + wide)), 100);
  EXPECT_EQ(JpegQuality(WithTables(other + std::string(1, '\0') + std::string(64, '\xFF'))), 1);
}

TEST(JpegQuality, OfAnythingElseIsTheBest) {
  EXPECT_EQ(JpegQuality(Encoded(".png")), 100);
  EXPECT_EQ(JpegQuality(""), 100);
  EXPECT_EQ(JpegQuality("\xFF\xD8\xFF"), 100);
  const std::string whole = WithTables(std::string(1, '\0') + std::string(64, '\x63'));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(JpegQuality(whole.substr(0, length)), 100) << length;
  }
}

TEST(JpegQuality, SizeAndWholePictureComeWithDecodedPixels) {
  const std::string jpeg = Jpeg(60);
  const Image reduced = DecodeImage(jpeg, {DecodeOptions().max_pixels, 6}).value();
  ASSERT_EQ(reduced.width, 10);  // a quarter
  const ImageView view(reduced);
  EXPECT_EQ(view.file.bytes, static_cast<std::int64_t>(jpeg.size()));
  EXPECT_EQ(view.file.pixels, 24 * 40);
  EXPECT_EQ(view.file.jpeg_quality, 60);
  const std::string png = Encoded(".png");
  const FileFacts facts = DecodeImage(png).value().file;
  EXPECT_EQ(facts.bytes, static_cast<std::int64_t>(png.size()));
  EXPECT_EQ(facts.pixels, 24 * 40);
  EXPECT_EQ(facts.jpeg_quality, 100);
}

}  // namespace
}  // namespace amsel
