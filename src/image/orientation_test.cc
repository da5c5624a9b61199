#include "image/orientation.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/support/exif.h"

namespace amsel {
namespace {

const std::string kBare("\xFF\xD8\xFF\xDA\x00\x02", 6);  // start of image, start of scan

TEST(JpegOrientation, ReadsAllEightInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little : {false, true}) {
      EXPECT_EQ(JpegOrientation(WithExif(kBare, TiffWithOrientation(orientation, little))), orientation);
    }
  }
}

TEST(JpegOrientation, FindsExifBehindOtherSegmentsAndPadding) {
  const std::string exif = WithExif(kBare, TiffWithOrientation(6, true));
  const std::string jfif("\xFF\xE0\x00\x06JFIF", 8);
  const std::string xmp("\xFF\xE1\x00\x07http:", 9);
  EXPECT_EQ(JpegOrientation("\xFF\xD8" + jfif + xmp + "\xFF\xFF" + exif.substr(2)), 6);
  const std::string scan("\xFF\xDA\x00\x02", 4);
  EXPECT_EQ(JpegOrientation("\xFF\xD8" + scan + exif.substr(2)), kUpright);  // not behind the picture
}

TEST(JpegOrientation, WhatIsDamagedSaysNothing) {
  const std::string sound = TiffWithOrientation(6, true);
  const auto with = [&](std::size_t at, char value) {
    std::string tiff = sound;
    tiff[at] = value;
    return JpegOrientation(WithExif(kBare, tiff));
  };
  const std::size_t entry = 8 + 2 + 12;  // the second of the directory
  EXPECT_EQ(with(0, 'X'), kUpright);     // byte order
  EXPECT_EQ(with(1, 'M'), kUpright);
  EXPECT_EQ(with(2, 43), kUpright);         // TIFF's number
  EXPECT_EQ(with(7, '\x7F'), kUpright);     // directory far away
  EXPECT_EQ(with(8, 1), kUpright);          // directory too short to have it
  EXPECT_EQ(with(entry + 2, 4), kUpright);  // type
  EXPECT_EQ(with(entry + 4, 2), kUpright);  // count
  EXPECT_EQ(with(entry + 8, 0), kUpright);  // value
  EXPECT_EQ(with(entry + 8, 9), kUpright);
  EXPECT_EQ(with(entry + 9, 1), kUpright);
  for (std::size_t length = 0; length < entry + 10; ++length) {
    EXPECT_EQ(JpegOrientation(WithExif(kBare, sound.substr(0, length))), kUpright) << length;
  }
}

TEST(JpegOrientation, AnyBeginningOfAFileIsRead) {
  const std::string whole = WithExif(kBare, TiffWithOrientation(8, false));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const int found = JpegOrientation(std::string_view(whole).substr(0, length));
    EXPECT_TRUE(found == kUpright || found == 8) << length;
  }
  EXPECT_EQ(JpegOrientation(std::string("\xFF\xD8\xFF\xE1\x00\x00", 6)), kUpright);  // a length that leads nowhere
}

TEST(PngOrientation, IsThatOfItsExifChunkWherever) {
  const std::string mark = "\x89PNG\r\n\x1A\n";
  const auto chunk = [](const std::string& name, const std::string& content) {
    return std::string(3, '\0') + static_cast<char>(content.size()) + name + content + "sum4";
  };
  const std::string exif = chunk("eXIf", TiffWithOrientation(6, false));
  EXPECT_EQ(PngOrientation(mark + chunk("IHDR", "size") + exif + chunk("IDAT", "pixels")), 6);
  EXPECT_EQ(PngOrientation(mark + chunk("IDAT", "pixels") + exif), 6);
  EXPECT_EQ(PngOrientation(mark + chunk("tEXt", exif)), kUpright);
  const std::string whole = mark + chunk("IDAT", "") + exif;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(PngOrientation(std::string_view(whole).substr(0, length)), kUpright) << length;
  }
}

/// Stored pixels 0 1 2 / 3 4 5, each three times; the upright ones by hand.
TEST(TurnUpright, TurnsEachOrientationAsTheStandardSays) {
  std::vector<std::uint8_t> stored;
  for (std::uint8_t pixel = 0; pixel < 6; ++pixel) stored.insert(stored.end(), 3, pixel);
  const std::vector<std::vector<int>> upright = {{0, 1, 2, 3, 4, 5}, {2, 1, 0, 5, 4, 3}, {5, 4, 3, 2, 1, 0},
                                                 {3, 4, 5, 0, 1, 2}, {0, 3, 1, 4, 2, 5}, {3, 0, 4, 1, 5, 2},
                                                 {5, 2, 4, 1, 3, 0}, {2, 5, 1, 4, 0, 3}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    std::vector<std::uint8_t> turned(stored.size());
    TurnUpright(orientation, stored.data(), 3, 2, turned.data());
    for (std::size_t i = 0; i < turned.size(); ++i) {
      EXPECT_EQ(turned[i], upright[static_cast<std::size_t>(orientation - 1)][i / 3]) << orientation << " at " << i;
    }
  }
}

}  // namespace
}  // namespace amsel
