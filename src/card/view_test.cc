#include "card/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;

Preprocess Square(int side) {
  Preprocess plain;
  plain.height = plain.width = side;
  return plain;
}

View Named(const std::string& text) {
  const std::optional<View> view = ParseView(text);
  EXPECT_TRUE(view) << text;
  return view.value_or(View{});
}

Preprocess Seen(const Preprocess& plain, const std::string& view) {
  const auto seen = InView(plain, Named(view));
  EXPECT_TRUE(seen.ok()) << view << ": " << seen.error().message;
  return seen.ok() ? *seen : plain;
}

std::string Complaint(const Preprocess& plain, const std::string& view) {
  const auto seen = InView(plain, Named(view));
  return seen.ok() ? "accepted" : seen.error().message;
}

TEST(View, IsReadAsItIsWritten) {
  for (const char* text : {"identity", "hflip", "denoise", "size:160", "crop:0.875", "crop:1"}) {
    EXPECT_EQ(ViewText(Named(text)), text);
  }
  EXPECT_EQ(ViewText(Named("crop:1.0")), "crop:1");
  for (const char* text : {"", "mirror", "size", "size:", "size:auto", "size:0", "size:16.5", "size:9000", "size:-8",
                           "size:1e999", "crop:0", "crop:1.01", "crop:nan", "hflip:1", "size:160 ", "SIZE:160"}) {
    EXPECT_FALSE(ParseView(text)) << text;
  }
}

TEST(View, IsPartOfTheNameUnlessTheImageIsAsItIs) {
  EXPECT_EQ(NameInView("small", View{}), "small");
  EXPECT_EQ(NameInView("small", Named("denoise")), "small@denoise");
  EXPECT_EQ(NameInView("small", Named("size:28")), "small@size:28");
}

TEST(View, EachChangesWhatItSaysAlone) {
  Preprocess expected = Square(32);
  EXPECT_EQ(Seen(expected, "identity"), expected);
  expected.mirror = true;
  EXPECT_EQ(Seen(Square(32), "hflip"), expected);
  expected.mirror = false;
  expected.denoise = true;
  EXPECT_EQ(Seen(Square(32), "denoise"), expected);
  expected = Square(28);
  EXPECT_EQ(Seen(Square(32), "size:28"), expected);
  expected = Square(32);
  expected.center_crop_fraction = 0.5;
  EXPECT_EQ(Seen(Square(32), "crop:0.5"), expected);
}

TEST(View, OfAnotherSizeTakesTheSameOfThePicture) {
  Preprocess card = Square(224);
  card.resize_side = 256;
  const Preprocess seen = Seen(card, "size:112");
  EXPECT_EQ(seen.height, 112);
  EXPECT_EQ(seen.resize_side, 128);
}

TEST(View, OfAnotherCropKeepsTheSize) {
  Preprocess card = Square(224);
  card.resize_side = 256;
  EXPECT_EQ(Seen(card, "crop:1").resize_side, 224);
  EXPECT_EQ(Seen(card, "crop:0.5").resize_side, 448);
  EXPECT_EQ(Seen(card, "crop:1").height, 224);
}

TEST(View, IsRefusedWhereItChangesNothingOrMeansNothing) {
  EXPECT_THAT(Complaint(Square(32), "size:32"), HasSubstr("its own size"));
  EXPECT_THAT(Complaint(Square(32), "crop:1"), HasSubstr("what its card takes"));
  Preprocess wide = Square(32);
  wide.width = 64;
  EXPECT_THAT(Complaint(wide, "size:28"), HasSubstr("not square"));
  Preprocess squashed = Square(32);
  squashed.fit = Fit::kSquash;
  EXPECT_THAT(Complaint(squashed, "crop:0.5"), HasSubstr("the whole picture already"));
}

}  // namespace
}  // namespace amsel
