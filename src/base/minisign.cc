// Without sodium_init, which asks for random numbers: nothing here needs them, nor a faster BLAKE2b than the plain one.
#include "base/minisign.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::string_view kUntrusted = "untrusted comment:";
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kEd25519 = "Ed";    // over the bytes
constexpr std::string_view kPrehashed = "ED";  // over their BLAKE2b-512 sum
constexpr std::size_t kAlgorithmBytes = 2;
constexpr std::size_t kSignatureBytes = 64;

/// Base64 of exactly `count` bytes.
std::optional<std::string> FromBase64(std::string_view text, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t decoded = 0;
  const bool whole = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), count, text.data(), text.size(),
                                       nullptr, &decoded, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
  return whole && decoded == count ? std::optional(std::move(bytes)) : std::nullopt;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

/// As minisign prints it: a number whose lowest byte is the first.
std::string IdText(std::span<const unsigned char> id) {
  std::uint64_t number = 0;
  for (std::size_t at = id.size(); at > 0; --at) number = number << 8 | id[at - 1];
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIX64, number);
  return text.data();
}

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Blake2b512(std::string_view bytes) {
  std::string sum(crypto_generichash_blake2b_BYTES_MAX, '\0');
  crypto_generichash_blake2b(reinterpret_cast<unsigned char*>(sum.data()), sum.size(), BytesOf(bytes), bytes.size(),
                             nullptr, 0);
  return sum;
}

bool IsSignedBy(std::span<const unsigned char> key, std::string_view bytes, std::string_view signature) {
  return crypto_sign_ed25519_verify_detached(BytesOf(signature), BytesOf(bytes), bytes.size(), key.data()) == 0;
}

/// What a signature file says.
struct Signature {
  bool prehashed = false;
  std::string id;
  std::string of_bytes;
  std::string trusted_comment;
  std::string of_comment;  ///< over `of_bytes` and the comment
};

std::optional<Signature> SignatureIn(std::string_view text) {
  const std::vector<std::string_view> lines = LinesOf(text);
  constexpr std::size_t kLines = 4;
  if (lines.size() != kLines || !lines[0].starts_with(kUntrusted) || !lines[2].starts_with(kTrusted)) return {};
  const auto first = FromBase64(lines[1], kAlgorithmBytes + sizeof(std::uint64_t) + kSignatureBytes);
  const auto second = FromBase64(lines[3], kSignatureBytes);
  if (!first || !second) return {};
  const std::string algorithm = first->substr(0, kAlgorithmBytes);
  if (algorithm != kEd25519 && algorithm != kPrehashed) return {};
  return Signature{algorithm == kPrehashed, first->substr(kAlgorithmBytes, sizeof(std::uint64_t)),
                   first->substr(kAlgorithmBytes + sizeof(std::uint64_t)),
                   std::string(lines[2].substr(kTrusted.size())), *second};
}

}  // namespace

Result<MinisignKey> MinisignKey::Parse(std::string_view text, const std::string& file) {
  std::vector<std::string_view> lines = LinesOf(text);
  if (!lines.empty() && lines.front().starts_with(kUntrusted)) lines.erase(lines.begin());
  MinisignKey key;
  const auto bytes = lines.size() == 1 ? FromBase64(lines.front(), kAlgorithmBytes + kIdBytes + kKeyBytes)
                                       : std::optional<std::string>();
  if (!bytes || !bytes->starts_with(kEd25519)) {
    return BadInput(file +
                    ": is no public key of minisign (expected 56 characters that begin with RW, alone or below "
                    "an `untrusted comment:`)");
  }
  const auto id = bytes->begin() + kAlgorithmBytes;
  std::copy_n(id, kIdBytes, key.id_.begin());
  std::copy_n(id + kIdBytes, kKeyBytes, key.key_.begin());
  return key;
}

Result<MinisignKey> MinisignKey::Read(const std::string& key) {
  if (key.empty()) return UsageError("the public key that a bundle must be signed by is empty");
  constexpr std::size_t kCharacters = 56;
  if (key.size() == kCharacters && key.starts_with("RW")) return Parse(key, "the public key");
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(key, kMostSignatureBytes));
  return Parse(text, key);
}

std::string MinisignKey::Id() const {
  return IdText(id_);
}

Result<std::string> MinisignKey::Verify(std::string_view bytes, std::string_view signature,
                                        const std::string& file) const {
  const std::optional<Signature> found = SignatureIn(signature);
  if (!found) return BadInput(file + ": is no signature of minisign");
  const std::string id = IdText({BytesOf(found->id), found->id.size()});
  if (id != Id()) return BadInput(file + ": is of key " + id + ", expected that of " + Id());
  const std::string sum = found->prehashed ? Blake2b512(bytes) : std::string();
  if (!IsSignedBy(key_, found->prehashed ? sum : bytes, found->of_bytes)) {
    return BadInput(file + ": does not hold: what it signs was changed since");
  }
  if (!IsSignedBy(key_, found->of_bytes + found->trusted_comment, found->of_comment)) {
    return BadInput(file + ": does not hold: its trusted comment was changed since");
  }
  return found->trusted_comment;
}

}  // namespace amsel
