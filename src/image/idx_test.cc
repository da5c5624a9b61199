#include "image/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/file.h"
#include "image/decode.h"
#include "image/image_reader.h"

namespace amsel {
namespace {

std::string Word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string TwoImages() {
  return Word(0x803) + Word(2) + Word(1) + Word(3) + std::string("abcdef");
}

void WriteGzip(const std::string& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

TEST(Idx, ReadsGzippedAndPlainFilesAlike) {
  const std::string path = testing::TempDir() + "idx_test.gz";
  WriteGzip(path, TwoImages());
  const auto zipped = ReadIdxImages(path);
  ASSERT_TRUE(zipped.ok()) << zipped.error().message;
  ASSERT_TRUE(WriteFileAtomically(path, TwoImages()).ok());
  EXPECT_EQ(ReadIdxImages(path)->pixels, zipped->pixels);
  EXPECT_EQ(zipped->count, 2);
  const auto image = DecodeImage(zipped->Pgm(1));
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->width, 3);
  EXPECT_EQ(image->pixels[0], 'd');
}

TEST(Idx, ATruncatedGzipFileIsRefused) {
  const std::string path = testing::TempDir() + "idx_test_cut.gz";
  WriteGzip(path, TwoImages());
  const std::string bytes = ReadFile(path).value();
  ASSERT_TRUE(WriteFileAtomically(path, bytes.substr(0, bytes.size() - 9)).ok());
  EXPECT_FALSE(ReadIdxImages(path).ok());
}

TEST(Idx, SizesThatDoNotFitAreRefused) {
  EXPECT_FALSE(ParseIdxImages(TwoImages() + "g", "f").ok());
  EXPECT_FALSE(ParseIdxImages(Word(0x803) + Word(0xFFFFFFFF) + Word(0xFFFFFFFF) + Word(0xFFFFFFFF), "f").ok());
  EXPECT_FALSE(ParseIdxImages(Word(0x801) + Word(2), "f").ok());
  EXPECT_EQ(ParseIdxLabels(Word(0x801) + Word(2) + "\x01\x09", "f").value(), (std::vector<int>{1, 9}));
  EXPECT_FALSE(ParseIdxLabels(Word(0x801) + Word(3) + "\x01\x09", "f").ok());
}

TEST(ImageReader, FetchesFilesAndMembersOfIdxFiles) {
  const std::string path = testing::TempDir() + "idx_test_reader";
  ASSERT_TRUE(WriteFileAtomically(path, TwoImages()).ok());
  ImageReader reader;
  EXPECT_EQ(reader.Fetch(path).value(), TwoImages());
  EXPECT_EQ(reader.Fetch(path + "#1").value(), EncodePgm(3, 1, "def"));
  EXPECT_FALSE(reader.Fetch(path + "#2").ok());
  EXPECT_FALSE(reader.Fetch(path + "#x").ok());
  EXPECT_FALSE(reader.Fetch("no-such-file#0").ok());
}

}  // namespace
}  // namespace amsel
