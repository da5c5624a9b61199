#include "image/heif_coded_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/sample_image.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// `text` with one more box `meta` of `boxes`.
std::string WithMeta(const std::string& boxes) {
  const std::size_t length = 12 + boxes.size();
  return std::string{'\0', '\0', static_cast<char>(length >> 8), static_cast<char>(length & 0xFF)} + "meta" +
         std::string(4, '\0') + boxes;
}

std::string Box(const std::string& name, const std::string& content) {
  const std::size_t length = 8 + content.size();
  return std::string{'\0', '\0', static_cast<char>(length >> 8), static_cast<char>(length & 0xFF)} + name + content;
}

/// Bits as text, from the highest of each byte on; blanks are passed over.
std::string FromBits(const std::string& text) {
  std::string bytes;
  int count = 0;
  for (const char bit : text) {
    if (bit == ' ') continue;
    if (count % 8 == 0) bytes += '\0';
    bytes.back() = static_cast<char>(bytes.back() | (bit - '0') << (7 - count % 8));
    ++count;
  }
  return bytes;
}

/// An item's data, 4 bytes into the box idat of a file.
std::string WithItem(const std::string& data) {
  const auto number = [](std::size_t value) {
    return std::string{'\0', '\0', static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
  };
  const std::string location = std::string("\1\0\0\0\x44\0\0\1\0\1\0\1\0\0\0\1", 16) + number(4) + number(data.size());
  return WithMeta(Box("iloc", location) + Box("idat", "fill" + data));
}

constexpr char kSixteenOnes[] = "1111111111111111";

std::string StillAv1(
    const std::string& width) {  // a temporal delimiter, then a sequence header of 16 bits for each side
  return std::string("\x12\0\x0A\x07", 4) + FromBits("000 1 1 00000 1111 1111 " + width + " 0000000000111111 000000");
}

std::string Hevc(const std::string& sides) {
  return FromBits("0 100001 000000 001 0000 000 1" + std::string(96, '1') + " 1 010 " + sides);
}

TEST(CheckCodedSizes, SoundFilesPass) {
  for (const char* file : {"plain.avif", "turned.avif", "plain.heic", "turned.heic"}) {
    const Status status = CheckCodedSizes(SampleFile(file), kSampleWidth * kSampleHeight);
    EXPECT_TRUE(status.ok()) << file << ": " << status.error().message;
  }
}

TEST(CheckCodedSizes, SamplesAreMeasured) {
  EXPECT_THAT(CheckCodedSizes(SampleFile("plain.avif"), 359).error().message, HasSubstr("declares 20x18 pixels"));
  EXPECT_FALSE(CheckCodedSizes(SampleFile("plain.heic"), 0).ok());
}

TEST(CheckCodedSizes, AnAv1PictureIsAsLargeAsItsSequenceHeaderSays) {
  EXPECT_TRUE(CheckCodedSizes(WithItem(StillAv1("0000000000111111")), 64 * 64).ok());
  EXPECT_THAT(CheckCodedSizes(WithItem(StillAv1(kSixteenOnes)), 64 * 64).error().message, HasSubstr("65536x64 pixels"));
  const std::string beside = WithMeta(Box("iprp", Box("ipco", Box("av1C", "conf" + StillAv1(kSixteenOnes)))));
  EXPECT_THAT(CheckCodedSizes(beside, 64 * 64).error().message, HasSubstr("65536x64 pixels"));
}

TEST(CheckCodedSizes, FramesThatMayChangeTheirSizeCountAsLargeAsTheyMayBecome) {
  const std::string header =
      "000 0 0 1" + std::string(64, '1') + "1 00101 1" + "00111" + std::string(42, '0') +  // timing, delays of 8 bits
      "1 00000 000000000000 01000 1 1 " + std::string(17, '1') + " 1 1010 " +  // an operating point with all there is
      "1111 1111 0000000000111111 0000000000111111";
  const std::string obu = FromBits(header);
  const std::string item = WithItem(std::string("\x0A", 1) + static_cast<char>(obu.size()) + obu);
  EXPECT_THAT(CheckCodedSizes(item, 64 * 64).error().message, HasSubstr("65536x65536 pixels"));
  EXPECT_THAT(CheckCodedSizes(item, 64 * 63).error().message, HasSubstr("64x64 pixels"));
  EXPECT_TRUE(CheckCodedSizes(item, std::int64_t{1} << 30).ok());
}

TEST(CheckCodedSizes, AnHevcPictureIsAsLargeAsItsParametersSayButForPadding) {
  const std::string huge = Hevc("000000000000000" + std::string("1000000000000000") + " 00000000000 100000000001");
  const auto length = static_cast<char>(huge.size());
  const std::string item = WithItem(std::string(3, '\0') + length + huge);
  EXPECT_THAT(CheckCodedSizes(item, 1 << 20).error().message, HasSubstr("32704x1985 pixels"));
  EXPECT_TRUE(CheckCodedSizes(item, 32704 * 1985).ok());
  const std::string array = std::string("\x21\0\1\0", 4) + length + huge;
  const std::string beside =
      WithMeta(Box("iprp", Box("ipco", Box("hvcC", std::string(22, 'c') + std::string(1, '\1') + array))));
  EXPECT_THAT(CheckCodedSizes(beside, 1 << 20).error().message, HasSubstr("32704x1985 pixels"));
}

TEST(CheckCodedSizes, PartsThatOverlapManyTimesAreRefused) {
  const std::string once("\0\1\0\1\0\0\0\1\0\0\0\4\0\0\1\0", 16);  // an item of one part: from 4 on, 256 bytes
  std::string location("\1\0\0\0\x44\0\0\x7F", 8);
  for (int n = 0; n < 127; ++n) location += once;
  const std::string file = WithMeta(Box("iloc", location) + Box("idat", std::string(300, '\0')));
  EXPECT_THAT(CheckCodedSizes(file, 1 << 20).error().message, HasSubstr("overlap"));
}

TEST(CheckCodedSizes, AnyBeginningOfAFileIsRead) {
  for (const char* file : {"plain.avif", "turned.heic"}) {
    const std::string bytes = SampleFile(file);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_TRUE(CheckCodedSizes(std::string_view(bytes).substr(0, length), 1 << 20).ok()) << length;
    }
  }
}

}  // namespace
}  // namespace amsel
