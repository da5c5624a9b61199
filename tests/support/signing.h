// Signs as minisign does, with a key of its own.
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <string>

namespace amsel {

/// A new key pair.
class Signer {
 public:
  Signer() {
    EXPECT_GE(sodium_init(), 0);
    crypto_sign_keypair(public_.data(), secret_.data());
  }

  /// What `--key` takes.
  std::string PublicKey() const { return Base64("Ed" + kId + std::string(public_.begin(), public_.end())); }

  /// The text of a signature file over `bytes`.
  std::string Sign(const std::string& bytes, const std::string& comment) const {
    const std::string signature = Signature(bytes);
    return "untrusted comment: of a test\n" + Base64("Ed" + kId + signature) + "\ntrusted comment: " + comment + "\n" +
           Base64(Signature(signature + comment)) + "\n";
  }

 private:
  std::string Signature(const std::string& bytes) const {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), secret_.data());
    return signature;
  }

  static std::string Base64(const std::string& bytes) {
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    return sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                             bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  }

  const std::string kId = "12345678";
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_{};
};

}  // namespace amsel
