// A bundle that must be signed, opened from C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "amsel/amsel.h"
#include "tests/support/signing.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

TEST(CApiSignature, WithAKeyOnlyABundleThatItSignedOpens) {
  const TwoCandidates world("capi_signature", [](BundleContents& contents) {
    for (ManifestCandidate& candidate : contents.manifest.candidates) candidate.costs[0].backend = "onnxruntime";
  });
  const Signer signer;
  const std::string key = signer.PublicKey();
  amsel_engine* engine = nullptr;
  amsel_options options = AMSEL_OPTIONS_INIT;
  const auto open = [&] { return amsel_engine_open(world.path().c_str(), &options, &engine); };
  options.public_key = "";  // of a variable that is not set, say
  EXPECT_EQ(open(), AMSEL_ERROR_USAGE);
  options.public_key = key.c_str();
  EXPECT_EQ(open(), AMSEL_ERROR_BAD_INPUT);
  EXPECT_THAT(amsel_last_error(), testing::HasSubstr("is not signed"));
  const std::string sums = world.path() + "/SHA256SUMS";
  ASSERT_TRUE(WriteFile(sums + ".minisig", signer.Sign(ReadFile(sums).value(), "release 1")).ok());
  EXPECT_EQ(open(), AMSEL_OK) << amsel_last_error();
  amsel_engine_close(engine);
}

}  // namespace
}  // namespace amsel
