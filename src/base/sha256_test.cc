#include "base/sha256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace amsel {
namespace {

TEST(Sha256, EqualsThePublishedVectors) {  // FIPS 180-2, appendix B
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfAFileEqualsThatOfItsBytes) {
  const std::string path = testing::TempDir() + "sha256_test.bin";
  const std::string bytes(1'000'003, 'x');
  ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
  EXPECT_EQ(Sha256HexOfFile(path).value(), Sha256Hex(bytes));
}

TEST(ContentKey, IsTheFirstSixteenDigits) {
  EXPECT_EQ(ContentKey(Sha256Hex("abc")), "ba7816bf8f01cfea");
  EXPECT_TRUE(IsContentKey("ba7816bf8f01cfea"));
  for (const char* text : {"", "ba7816bf8f01cfe", "ba7816bf8f01cfea4", "BA7816BF8F01CFEA", "ba7816bf8f01cfe "}) {
    EXPECT_FALSE(IsContentKey(text)) << text;
  }
}

TEST(Sha256, NamesTheFileThatIsMissing) {
  const auto result = Sha256HexOfFile("no/such/file");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, testing::StartsWith("no/such/file: cannot be opened"));
}

}  // namespace
}  // namespace amsel
