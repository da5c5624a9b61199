#include "image/heif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "tests/support/sample_image.h"

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(ReadHeif, ReadsSizesWithoutTheLibrary) {
  const auto avif = ReadHeif(SampleFile("turned.avif"));
  ASSERT_TRUE(avif.ok()) << avif.error().message;
  EXPECT_TRUE(avif->avif);
  EXPECT_EQ(avif->width, kSampleWidth);
  EXPECT_EQ(avif->height, kSampleHeight);
  const auto heic = ReadHeif(SampleFile("plain.heic"));
  ASSERT_TRUE(heic.ok()) << heic.error().message;
  EXPECT_FALSE(heic->avif);
  EXPECT_GE(heic->width, kSampleWidth);
  EXPECT_GE(heic->height, kSampleHeight);
}

TEST(ReadHeif, TheLargestPictureInsideCounts) {
  std::string bytes = SampleFile("plain.avif");
  const std::size_t size = bytes.find("ispe") + 8;
  bytes[size] = '\x70';
  bytes[size + 4] = '\x70';
  EXPECT_THAT(DecodeImage(bytes).error().message, HasSubstr("1879048212x1879048210 pixels, over the limit"));
  bytes[size] = '\x80';
  EXPECT_THAT(DecodeImage(bytes).error().message, HasSubstr("sides over 2147483647"));
}

TEST(ReadHeif, AnyBeginningOfAFileIsRead) {
  const std::string bytes = SampleFile("plain.heic");
  for (std::size_t length = 16; length < 120; ++length) {
    const auto header = ReadHeif(std::string_view(bytes).substr(0, length));
    if (header.ok()) continue;
    EXPECT_THAT(header.error().message, HasSubstr("not a readable HEIC image, or cut off"));
  }
}

TEST(DecodeHeif, WithoutTheLibraryTheErrorSaysWhatToInstall) {
  for (const auto& [file, words] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"plain.heic", {"this is a HEIC image", "libheif1 with a HEVC decoder", "libde265-0"}},
           {"plain.avif", {"this is an AVIF image", "libheif1 with an AV1 decoder", "libdav1d6"}}}) {
    const std::string bytes = SampleFile(file);
    Image image;
    const Status status = DecodeHeifBy("/nowhere/libheif.so.1", bytes, *ReadHeif(bytes), 1 << 20, image);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
    for (const std::string& word : words) EXPECT_THAT(status.error().message, HasSubstr(word));
  }
}

TEST(DecodeHeif, ALibraryThatIsAnotherIsNotUsed) {
  const std::string bytes = SampleFile("plain.heic");
  Image image;
  const Status status = DecodeHeifBy("libz.so.1", bytes, *ReadHeif(bytes), 1 << 20, image);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("too old"));
}

}  // namespace
}  // namespace amsel
