#include "image/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <opencv2/core.hpp>

#include "base/file.h"
#include "image/decode.h"
#include "image/image_reader.h"
#include "image/within_memory.h"

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

TEST(Idx, MoreThanTheHeaderDeclaresIsNotUnpacked) {
  const std::string path = testing::TempDir() + "idx_test_bomb.gz";
  std::string bytes = Word(0x803) + Word(1) + Word(1) + Word(1);
  bytes.resize(std::size_t{8} << 20);
  WriteGzip(path, bytes);
  const std::string whole = ReadFile(path).value();
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());  // whose end nobody comes to
  EXPECT_THAT(ReadIdxImages(path).error().message, testing::HasSubstr("its size is not that of the 1 images of 1x1"));
  bytes.replace(0, 8, Word(0x801) + Word(2));
  WriteGzip(path, bytes);
  EXPECT_THAT(ReadIdxLabels(path).error().message, testing::HasSubstr("its size is not that of the labels"));
}

TEST(Idx, PipesAndFoldersAreNotWaitedFor) {
  const std::string path = testing::TempDir() + "idx_test_pipe";
  ::unlink(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  for (const std::string& reference : {path, path + "#0", std::string("/dev/zero#0"), testing::TempDir() + "#0"}) {
    const auto fetched = ImageReader().Fetch(reference);
    ASSERT_FALSE(fetched.ok()) << reference;
    EXPECT_THAT(fetched.error().message, testing::HasSubstr("is not a regular file"));
    EXPECT_EQ(fetched.error().message.substr(0, reference.size()), reference);
  }
  ::unlink(path.c_str());
}

TEST(ImageReader, TakesNoMemoryForLargeFilesThatAreNoImages) {
  const std::string path = testing::TempDir() + "idx_test_sparse";
  ASSERT_TRUE(WriteFileAtomically(path, "no image").ok());
  ASSERT_EQ(::truncate(path.c_str(), off_t{3} << 30), 0);
  EXPECT_EQ(ImageReader().Fetch(path)->size(), 4096U);
  ASSERT_TRUE(WriteFileAtomically(path, "P5\n1 1\n255\n").ok());
  ASSERT_EQ(::truncate(path.c_str(), off_t{3} << 30), 0);
  EXPECT_THAT(ImageReader().Fetch(path).error().message, testing::HasSubstr(path + ": the file is larger than 2 GiB"));
  ASSERT_TRUE(WriteFileAtomically(path, "P5\n1 1\n255\n").ok());
  ASSERT_EQ(::truncate(path.c_str(), off_t{2} << 20), 0);
  EXPECT_EQ(ImageReader().Fetch(path)->size(), std::size_t{2} << 20);
  ::unlink(path.c_str());
}

TEST(WithinMemory, ALackOfMemoryIsAnError) {
  const auto lacking = [](auto fault) {
    return WithinMemory("it", [&]() -> Result<int> { throw fault; }).error().message;
  };
  EXPECT_EQ(lacking(std::bad_alloc()), "there is no memory for it");
  EXPECT_EQ(lacking(std::length_error("long")), "there is no memory for it");
  EXPECT_EQ(lacking(cv::Exception(cv::Error::StsNoMem, "", "", "", 0)), "there is no memory for it");
  EXPECT_THROW(lacking(cv::Exception(cv::Error::StsError, "", "", "", 0)), cv::Exception);
  EXPECT_EQ(WithinMemory("it", []() -> Result<int> { return 7; }).value(), 7);
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
