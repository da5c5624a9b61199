// The low-level calls need no provider set-up and link statically into a few kilobytes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

namespace amsel {
namespace {

std::string Finish(SHA256_CTX& context) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), &context);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  return Finish(context);
}

Result<std::string> Sha256HexOfFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return BadInput(path + ": cannot be opened");
  SHA256_CTX context;
  SHA256_Init(&context);
  std::vector<char> block(1 << 18);
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    SHA256_Update(&context, block.data(), count);
  }
  if (std::ferror(file.get()) != 0) return BadInput(path + ": cannot be read");
  return Finish(context);
}

}  // namespace amsel
