// Signs as minisign does, with a key of its own.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>

namespace amsel {

/// A new key pair.
class Signer {
 public:
  /// What `--key` takes.
  std::string PublicKey() const {
    std::array<unsigned char, 32> raw{};
    std::size_t size = raw.size();
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size), 1);
    return Base64("Ed" + kId + std::string(raw.begin(), raw.end()));
  }

  /// The text of a signature file over `bytes`.
  std::string Sign(const std::string& bytes, const std::string& comment) const {
    const std::string signature = Signature(bytes);
    return "untrusted comment: of a test\n" + Base64("Ed" + kId + signature) + "\ntrusted comment: " + comment + "\n" +
           Base64(Signature(signature + comment)) + "\n";
  }

 private:
  static constexpr std::size_t kSignatureBytes = 64;

  std::string Signature(const std::string& bytes) const {
    std::string signature(kSignatureBytes, '\0');
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
              1);
    return signature;
  }

  static std::string Base64(const std::string& bytes) {
    std::string text(bytes.size() * 2, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    return text.substr(0, static_cast<std::size_t>(size));
  }

  const std::string kId = "12345678";
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free};
};

}  // namespace amsel
