#include "image/image_magic.h"

#include <gtest/gtest.h>

#include <string>

#include "image/decode.h"

namespace amsel {
namespace {

using std::string_literals::operator""s;

TEST(LooksLikeImage, KnowsWhatEveryFormatBeginsWith) {
  for (const std::string& head :
       {"\xFF\xD8\xFF\xE0"s, "\x89PNG\r\n\x1A\n..."s, "RIFF\x0a\0\0\0WEBPVP8 "s, "BM\x36\x10\0\0\0\0\0\0\x36"s,
        "GIF89a\x28\0\x28\0\0\0\0"s, "GIF87a\x0a\x0a\x0a\x0a\xf0\0\0"s, "II*\0\x08"s, "MM\0*\0"s, "P5\n28 28\n255\n"s,
        "P6 # colour\n2 1 15\n"s, "P4\n#x\r30 30\n"s,
        "\0\0\0\x1c"
        "ftypheic\0\0\0\0"s,
        "\0\0\x01\x20"
        "ftypavif"s,
        EncodePgm(2, 1, "ab")}) {
    EXPECT_EQ(LooksLikeImage(head), ImageMagic::kYes) << testing::PrintToString(head);
    EXPECT_NE(LooksLikeImage(head.substr(0, 2)), ImageMagic::kNo) << testing::PrintToString(head);
  }
}

TEST(LooksLikeImage, NamesAreNoneWhateverTheyBeginWith) {
  for (const char* list : {"photo.jpg\n", "BMW.jpg\nother.jpg\n", "GIF89a-test.gif\nb\n", "RIFF.webp\na.jpg\n",
                           "IMG_1.jpg\n", "MM*.png\n", "P5.pgm\n", "P5\nother.pgm\n", "P6\n1.jpg\n2.jpg\n", "PNG\n",
                           "P0\n1 1\n", "01__ftypheic.jpg\n", "/a/b\n", "#3.png\n"}) {
    EXPECT_EQ(LooksLikeImage(list), ImageMagic::kNo) << list;
  }
}

TEST(LooksLikeImage, IsNotSureOfAFewBytes) {
  for (const char* head :
       {"", "P", "P5", "P5\n", "P5\n1", "P5\n12 ", "P5\n12 7", "GIF89a", "BM1234", "II*", "\xFF\xD8"}) {
    EXPECT_EQ(LooksLikeImage(head), ImageMagic::kPerhaps) << head;
  }
}

}  // namespace
}  // namespace amsel
