// SHA-256, for checksums of files and keys of images.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "amsel/result.h"
#include "base/file.h"

namespace amsel {

/// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Add(std::string_view bytes);
  std::string Hex();  ///< lower-case; once, and nothing is added after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lower-case hexadecimal SHA-256 of `bytes`.
std::string Sha256Hex(std::string_view bytes);

/// The same of a file's content, read in pieces.
Result<std::string> Sha256HexOfFile(const std::string& path);
Result<std::string> Sha256HexOf(const InputFile& file);

/// How bundles and cards remember an image: the first 16 hexadecimal digits of the SHA-256 of its encoded bytes.
std::string ContentKey(std::string_view sha256);
/// Whether it is one: 16 lower-case hexadecimal digits.
bool IsContentKey(std::string_view text);

}  // namespace amsel
