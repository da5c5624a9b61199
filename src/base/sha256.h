// SHA-256, for checksums of files and keys of images.
#pragma once

#include <string>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

/// Lower-case hexadecimal SHA-256 of `bytes`.
std::string Sha256Hex(std::string_view bytes);

/// The same of a file's content, read in pieces.
Result<std::string> Sha256HexOfFile(const std::string& path);

}  // namespace amsel
