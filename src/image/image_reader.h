// Image references: a file's path, or `FILE#INDEX` for one image of an IDX file.
#pragma once

#include <optional>
#include <string>

#include "amsel/result.h"
#include "image/idx.h"

namespace amsel {

/// Fetches the encoded bytes of references. Keeps the last IDX file unpacked. Not thread-safe.
class ImageReader {
 public:
  /// Encoded bytes for DecodeImage. The error names the reference.
  Result<std::string> Fetch(const std::string& reference);

 private:
  std::string idx_path_;
  std::optional<IdxImages> idx_;
};

}  // namespace amsel
