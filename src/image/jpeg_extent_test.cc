#include "image/jpeg_extent.h"

#include <gtest/gtest.h>

#include <string>

namespace amsel {
namespace {

std::string Bytes(const char* text, std::size_t length) {
  return {text, length};
}

const std::string kStart = Bytes("\xFF\xD8", 2);
const std::string kScan = Bytes("\xFF\xDA\0\4ab", 6);
const std::string kEnd = Bytes("\xFF\xD9", 2);

TEST(ExtentOf, CountsScansUpToTheEndAlone) {
  const std::string jpeg = kStart + kScan + "coded" + kScan + "more" + kEnd;
  const JpegExtent extent = ExtentOf(jpeg + kScan + kScan + jpeg);
  EXPECT_EQ(extent.bytes, jpeg.size());
  EXPECT_EQ(extent.scans, 2);
}

TEST(ExtentOf, PassesOverSegmentsWhateverTheyHold) {
  const std::string thumbnail = kStart + kScan + kEnd;  // in an application's segment of 2 + 10 bytes
  const std::string jpeg = kStart + Bytes("\xFF\xE1\0\x0C", 4) + thumbnail + kScan + kEnd;
  EXPECT_EQ(ExtentOf(jpeg).bytes, jpeg.size());
  EXPECT_EQ(ExtentOf(jpeg).scans, 1);
}

TEST(ExtentOf, CodedDataMayHoldStuffedBytesRestartsAndFill) {
  const std::string coded = Bytes("x\xFF\0\xFF\xD0y\xFF\xD7\xFF\xFF", 10);
  const std::string jpeg = kStart + kScan + coded + kEnd;
  EXPECT_EQ(ExtentOf(jpeg + "video").bytes, jpeg.size());
}

TEST(ExtentOf, AMarkThatDecodersPassOverHidesNoScans) {
  const std::string jpeg = kStart + kScan + Bytes("\xFF\x02\0\x20", 4) + kScan + kScan + kEnd;
  EXPECT_EQ(ExtentOf(jpeg).scans, 3);
}

TEST(ExtentOf, WithoutAnEndItIsAllOfIt) {
  const std::string jpeg = kStart + kScan + "coded";
  for (std::size_t length = 0; length <= jpeg.size(); ++length) {
    EXPECT_EQ(ExtentOf(std::string_view(jpeg).substr(0, length)).bytes, length);
  }
}

}  // namespace
}  // namespace amsel
