// The low-level calls need no provider set-up and link statically into a few kilobytes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}

Sha256::~Sha256() = default;

void Sha256::Add(std::string_view bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

std::string Sha256::Hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), &state_->context);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 sum;
  sum.Add(bytes);
  return sum.Hex();
}

Result<std::string> Sha256HexOfFile(const std::string& path) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  return Sha256HexOf(file);
}

Result<std::string> Sha256HexOf(const InputFile& file) {
  Sha256 sum;
  std::vector<char> piece(std::size_t{1} << 18);
  for (std::uint64_t done = 0; done < file.size();) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.size() - done));
    AMSEL_RETURN_IF_ERROR(file.ReadAt(done, count, piece.data()));
    sum.Add({piece.data(), count});
    done += count;
  }
  return sum.Hex();
}

namespace {

constexpr std::size_t kContentKeyDigits = 16;

}  // namespace

std::string ContentKey(std::string_view sha256) {
  return std::string(sha256.substr(0, kContentKeyDigits));
}

bool IsContentKey(std::string_view text) {
  return text.size() == kContentKeyDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace amsel
