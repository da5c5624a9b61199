// Signatures of minisign (https://jedisct1.github.io/minisign/): Ed25519 (RFC 8032) over a file, or over its
// BLAKE2b-512 sum. Only verifying: signing is that program's.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

/// Largest signature file that minisign reads and writes, in bytes, with room to spare.
inline constexpr std::uint64_t kMostSignatureBytes = 16384;

/// A public key of minisign. Immutable, thread-safe.
class MinisignKey {
 public:
  /// `key` is the key itself, 56 characters that begin with RW, or the path of a file that `minisign -G` wrote.
  static Result<MinisignKey> Read(const std::string& key);

  /// The key in such a file's `text`; errors name `file`.
  static Result<MinisignKey> Parse(std::string_view text, const std::string& file);

  /// Whether `signature`, the content of `file`, is this key's over `bytes`: its trusted comment, which is signed, too.
  /// Else bad input that names `file`.
  Result<std::string> Verify(std::string_view bytes, std::string_view signature, const std::string& file) const;

  /// The key's number as minisign prints it, 16 hexadecimal digits.
  std::string Id() const;

 private:
  static constexpr std::size_t kIdBytes = 8;
  static constexpr std::size_t kKeyBytes = 32;

  std::array<unsigned char, kIdBytes> id_{};
  std::array<unsigned char, kKeyBytes> key_{};
};

}  // namespace amsel
