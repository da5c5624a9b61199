#include "base/minisign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/folder_test.h"

namespace amsel {
namespace {

using testing::HasSubstr;

// Written by minisign 0.11: over kMessage, of its sum and (-l) of its bytes.
constexpr const char* kKey = "RWTOf+IaHkowwuwzQdgUY7EkyIHXbKqxYt/+P6vCLgzEVyq8yQnXSXzk";
constexpr const char* kOtherKey = "RWSCQt3u70oqnNmpuh4wMOGHO9QuIuShO5L7Oh5+n426+IONXfOV0I+G";
constexpr const char* kMessage = "abc  manifest.json\n";
constexpr const char* kSignature =
    "untrusted comment: signature from minisign secret key\n"
    "RUTOf+IaHkowwtxajj6IycowRvdQBxDSRgiNb6EurL0zVk04PgaXck7GyFijtLzBtGlbOLw0iZsSpwyBLnZrvjIxnDNWA/iFQgk=\n"
    "trusted comment: release 1\n"
    "mnOsDfwdhkJ/lBGE93xCQ4PALdKyEXUxZtCg1fOVGqBMbxzD4DDIWehNw0h1OkmSLYL1wvnwBflf5gEfclRlDw==\n";
constexpr const char* kSignatureOfBytes =
    "untrusted comment: old\n"
    "RWTOf+IaHkowwsFpKWbh2R7SHHFcnYgY/XLGdVu3hS0zn9Jhk8UaqUoFpTg07RHEqS9zHP/vmIk1beWKq+2Blpbgc8QrPN2hHgU=\n"
    "trusted comment: release 1\n"
    "od95eM1CnJ8OukoeXtjJFWbTq1ekemJhAMxiICylmyUMVpuYayL6cf1UqTPOU52CLH+0l4sAOA4XxysFFA9ODA==\n";

class MinisignTest : public FolderTest {
 protected:
  static std::string With(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  const MinisignKey key_ = MinisignKey::Read(kKey).value();
};

TEST_F(MinisignTest, SignaturesOfBothKindsHoldAndGiveTheirTrustedComment) {
  for (const std::string signature : {kSignature, kSignatureOfBytes}) {
    const auto comment = key_.Verify(kMessage, signature, "s");
    ASSERT_TRUE(comment.ok()) << comment.error().message;
    EXPECT_EQ(*comment, "release 1");
  }
}

TEST_F(MinisignTest, KeysAreReadFromTextAndFilesAndHaveTheirNumber) {
  EXPECT_EQ(key_.Id(), "C2304A1E1AE27FCE");
  Write("minisign.pub", std::string("untrusted comment: minisign public key C2304A1E1AE27FCE\n") + kKey + "\n");
  Write("bare.pub", std::string(kKey) + "\r\n");
  for (const char* name : {"minisign.pub", "bare.pub"}) {
    const auto key = MinisignKey::Read(Path(name));
    ASSERT_TRUE(key.ok()) << key.error().message;
    EXPECT_TRUE(key->Verify(kMessage, kSignature, "s").ok());
  }
}

TEST_F(MinisignTest, OtherTextIsNoKey) {
  const std::string key = kKey;
  const std::vector<std::string> texts{"",
                                       key.substr(1),
                                       key + "A",
                                       "*" + key.substr(1),
                                       "AA" + key.substr(2),
                                       key + "\n" + key,
                                       "untrusted comment: only\n"};
  for (const std::string& text : texts) {
    EXPECT_THAT(MinisignKey::Parse(text, "f").error().message, HasSubstr("f: is no public key of minisign")) << text;
  }
  EXPECT_THAT(MinisignKey::Read(Path("absent")).error().message, HasSubstr("absent"));
  EXPECT_EQ(MinisignKey::Read("").error().kind, ErrorKind::kUsage);
}

TEST_F(MinisignTest, NothingThatIsSignedMayChange) {
  EXPECT_THAT(key_.Verify("abd", kSignature, "s").error().message, HasSubstr("s: does not hold: what it signs"));
  EXPECT_THAT(key_.Verify("", kSignatureOfBytes, "s").error().message, HasSubstr("does not hold"));
  EXPECT_THAT(key_.Verify(kMessage, With(kSignature, "release 1", "release 2"), "s").error().message,
              HasSubstr("trusted comment was changed"));
  EXPECT_THAT(key_.Verify(kMessage, With(kSignature, "RUTOf+IaHkowwtx", "RUTOf+IaHkowwtz"), "s").error().message,
              HasSubstr("does not hold"));
  EXPECT_TRUE(key_.Verify(kMessage, With(kSignature, "signature from", "anything"), "s").ok());  // it is untrusted
}

TEST_F(MinisignTest, OneKindOfSignatureIsNotTakenForTheOther) {
  EXPECT_FALSE(key_.Verify(kMessage, With(kSignature, "RUTO", "RWTO"), "s").ok());
  EXPECT_FALSE(key_.Verify(kMessage, With(kSignatureOfBytes, "RWTO", "RUTO"), "s").ok());
}

TEST_F(MinisignTest, SignaturesOfOtherKeysAreNamed) {
  const MinisignKey other = MinisignKey::Read(kOtherKey).value();
  EXPECT_EQ(other.Verify(kMessage, kSignature, "s").error().message,
            "s: is of key C2304A1E1AE27FCE, expected that of 9C2A4AEFEEDD4282");
  // The number alone opens nothing.
  std::string forged = kOtherKey;
  forged.replace(2, 11, std::string(kKey).substr(2, 11));
  EXPECT_FALSE(MinisignKey::Read(forged)->Verify(kMessage, kSignature, "s").ok());
}

TEST_F(MinisignTest, OtherTextIsNoSignature) {
  const std::string whole = kSignature;
  for (const std::string& text :
       {std::string(), whole.substr(0, whole.find("trusted comment: ")), whole + "\n", With(whole, "RUTO", "AUTO"),
        With(whole, "trusted comment: release", "comment: release"), With(whole, "RUTO", "RUT"),
        With(whole, "mnOs", "mn*s"), With(whole, "untrusted", "un")}) {
    EXPECT_EQ(key_.Verify(kMessage, text, "s").error().message, "s: is no signature of minisign") << text;
  }
}

}  // namespace
}  // namespace amsel
