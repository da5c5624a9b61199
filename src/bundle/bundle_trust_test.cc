// Bundles from strangers, and bundles that are replaced while they are in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "bundle/bundle.h"
#include "tests/support/folder_test.h"
#include "tests/support/signing.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A bundle in the test's own folder.
class BundleTrust : public FolderTest {
 protected:
  void SetUp() override { Make(Path("bundle")); }

  static void Make(const std::string& path, const std::function<void(BundleContents&)>& change = {}) {
    const TwoCandidates world(path.substr(testing::TempDir().size()), change);
  }

  /// Puts a link in the place of a file, to a copy of it outside.
  void MoveOut(const std::string& name) const {
    fs::copy_file(Path("bundle/" + name), Path("outside"), fs::copy_options::overwrite_existing);
    fs::remove(Path("bundle/" + name));
    fs::create_symlink(Path("outside"), Path("bundle/" + name));
  }
};

TEST_F(BundleTrust, NoFileOfItLiesElsewhere) {
  for (const char* name :
       {"manifest.json", "SHA256SUMS", "policy.safetensors", "labels.txt", "candidates/small/card.json"}) {
    MoveOut(name);
    EXPECT_THAT(Bundle::Open(Path("bundle")).error().message,
                HasSubstr(std::string(name) + ": leads out of its folder"));
    Make(Path("bundle"));
  }
  MoveOut("candidates/small/model.onnx");
  const Bundle bundle = Bundle::Open(Path("bundle")).value();
  EXPECT_THAT(bundle.VerifiedFile(bundle.candidate(TwoCandidates::kSmall)).error().message,
              HasSubstr("leads out of its folder"));
  EXPECT_THAT(bundle.VerifyAllFiles().error().message, HasSubstr("candidates/small/model.onnx: leads out"));
}

TEST_F(BundleTrust, LinksWithinItAreFollowed) {
  fs::rename(Path("bundle/labels.txt"), Path("bundle/real.txt"));
  fs::create_symlink("real.txt", Path("bundle/labels.txt"));
  fs::create_directory_symlink("bundle", Path("link"));
  const auto bundle = Bundle::Open(Path("link"));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
}

TEST_F(BundleTrust, SumsNameOnlyItsOwnFiles) {
  const std::string sums = ReadFile(Path("bundle/SHA256SUMS")).value();
  Write("secret", "secret");
  for (const std::string& name : {std::string("../secret"), Path("secret"), std::string("a/../../secret")}) {
    Write("bundle/SHA256SUMS", sums + Sha256Hex("secret") + "  " + name + "\n");
    EXPECT_THAT(Bundle::Open(Path("bundle")).error().message, HasSubstr("SHA256SUMS: names " + name)) << name;
  }
}

TEST_F(BundleTrust, WithAKeyOnlyWhatItSignedOpens) {
  const Signer signer;
  const std::string key = signer.PublicKey();
  EXPECT_THAT(Bundle::Open(Path("bundle"), key).error().message, HasSubstr("SHA256SUMS.minisig: is missing"));
  const std::string sums = ReadFile(Path("bundle/SHA256SUMS")).value();
  Write("bundle/SHA256SUMS.minisig", signer.Sign(sums, "release 1"));
  Write("key.pub", "untrusted comment: of a test\n" + key + "\n");
  for (const std::string& given : {key, Path("key.pub")}) {
    const auto bundle = Bundle::Open(Path("bundle"), given);
    ASSERT_TRUE(bundle.ok()) << bundle.error().message;
    EXPECT_EQ(bundle->signed_comment(), "release 1");
    EXPECT_TRUE(bundle->VerifyAllFiles().ok());
    EXPECT_THAT(bundle->Files(), testing::Contains(Path("bundle/SHA256SUMS.minisig")));
  }
  EXPECT_FALSE(Bundle::Open(Path("bundle"))->signed_comment());
  EXPECT_THAT(Bundle::Open(Path("bundle"), Signer().PublicKey()).error().message, HasSubstr("does not hold"));
  EXPECT_EQ(Bundle::Open(Path("bundle"), "").error().kind, ErrorKind::kUsage);  // never "no key"
  EXPECT_THAT(Bundle::Open(Path("bundle"), Path("absent.pub")).error().message, HasSubstr("absent.pub"));
  EXPECT_TRUE(CheckReplaceable(Path("bundle")).ok());
}

TEST_F(BundleTrust, WithAKeyEveryFileIsVerifiedAtOnce) {
  const Signer signer;
  Write("bundle/SHA256SUMS.minisig", signer.Sign(ReadFile(Path("bundle/SHA256SUMS")).value(), ""));
  Write("bundle/candidates/small/model.onnx", "another");
  EXPECT_TRUE(Bundle::Open(Path("bundle")).ok());  // told when it is loaded
  EXPECT_THAT(Bundle::Open(Path("bundle"), signer.PublicKey()).error().message, HasSubstr("small/model.onnx"));
}

TEST_F(BundleTrust, WhoeverChangesASignedBundleCannotSignIt) {
  const Signer signer;
  Write("bundle/SHA256SUMS.minisig", signer.Sign(ReadFile(Path("bundle/SHA256SUMS")).value(), ""));
  Write("bundle/labels.txt", "yes\nno\n");
  std::string sums = ReadFile(Path("bundle/SHA256SUMS")).value();
  sums.replace(sums.find("  labels.txt") - 64, 64, Sha256Hex("yes\nno\n"));
  Write("bundle/SHA256SUMS", sums);
  EXPECT_TRUE(Bundle::Open(Path("bundle")).ok());
  EXPECT_THAT(Bundle::Open(Path("bundle"), signer.PublicKey()).error().message, HasSubstr("does not hold"));
}

TEST_F(BundleTrust, PipesInItAreNotWaitedFor) {
  fs::remove(Path("bundle/labels.txt"));
  ASSERT_EQ(::mkfifo(Path("bundle/labels.txt").c_str(), 0600), 0);
  EXPECT_THAT(Bundle::Open(Path("bundle")).error().message, HasSubstr("labels.txt: is not a regular file"));
}

TEST_F(BundleTrust, IsOpenedWholeWhileItIsReplaced) {
  std::atomic<bool> stop = false;
  std::thread replacing([&] {
    for (int turn = 0; !stop; ++turn) {
      const std::string other = Path("other" + std::to_string(turn));
      auto staged = StagedDirectory::Create(Path("bundle"));
      fs::copy(Path("bundle"), staged->path(), fs::copy_options::recursive);
      const bool odd = turn % 2 != 0;
      std::string text = ReadFile(staged->path() + "/manifest.json").value();
      const std::size_t at = text.find(odd ? "\"test\"" : "\"tset\"");
      if (at != std::string::npos) text.replace(at, 6, odd ? "\"tset\"" : "\"test\"");
      std::string sums = ReadFile(staged->path() + "/SHA256SUMS").value();
      const std::size_t line = sums.find("  manifest.json");
      sums.replace(line - 64, 64, Sha256Hex(text));
      EXPECT_TRUE(WriteFile(staged->path() + "/manifest.json", text).ok());
      EXPECT_TRUE(WriteFile(staged->path() + "/SHA256SUMS", sums).ok());
      EXPECT_TRUE(staged->Commit().ok());
    }
  });
  for (int i = 0; i < 200; ++i) {
    const auto bundle = Bundle::Open(Path("bundle"));
    EXPECT_TRUE(bundle.ok()) << bundle.error().message;
  }
  stop = true;
  replacing.join();
}

TEST_F(BundleTrust, NothingIsWrittenOutsideOfIt) {
  Make(Path("other"), [&](BundleContents& contents) {
    BundleContents evil = contents;
    evil.folders["../../small"] = evil.folders["small"];
    evil.manifest.candidates[TwoCandidates::kSmall].folder = "../../small";
    EXPECT_THAT(WriteBundle(evil, Path("evil")).error().message, HasSubstr("would lie outside of the bundle"));
  });
  EXPECT_FALSE(fs::exists(Path("small")));
  EXPECT_FALSE(fs::exists(Path("evil")));
}

TEST_F(BundleTrust, WhatWouldNotOpenReplacesNothing) {
  const std::string before = ReadFile(Path("bundle/manifest.json")).value();
  Make(Path("other"), [&](BundleContents& contents) {
    BundleContents wrong = contents;
    wrong.labels.emplace_back("a third");
    const Error error = WriteBundle(wrong, Path("bundle")).error();
    EXPECT_EQ(error.kind, ErrorKind::kBadInput);
    EXPECT_THAT(error.message, HasSubstr(Path("bundle") + ": was not written, since it could not be opened: " +
                                         Path("bundle") + "/labels.txt: expected 2 labels, found 3"));
  });
  EXPECT_EQ(ReadFile(Path("bundle/manifest.json")).value(), before);
  for (const auto& entry : fs::directory_iterator(root_)) {
    EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
  }
}

TEST_F(BundleTrust, IsNotReplacedWithWhatIsNotItsOwn) {
  EXPECT_TRUE(CheckReplaceable(Path("bundle")).ok());
  for (const char* name : {"profile.db", "candidates/notes.txt"}) {
    Write(std::string("bundle/") + name, "mine");
    const Status status = CheckReplaceable(Path("bundle"));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(status.error().message, HasSubstr(name));
    fs::remove(Path(std::string("bundle/") + name));
  }
  fs::resize_file(Path("bundle/policy.safetensors"), 3);  // damaged, and replaced all the same
  fs::remove(Path("bundle/SHA256SUMS"));
  EXPECT_TRUE(CheckReplaceable(Path("bundle")).ok());
}

}  // namespace
}  // namespace amsel
