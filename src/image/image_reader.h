// Image references: a file's path, or `FILE#INDEX` for one image of an IDX file.
#pragma once

#include <optional>
#include <string>

#include "amsel/result.h"
#include "image/idx.h"

namespace amsel {

/// The file that a reference names, and the image in it, where it names one.
struct ImageReference {
  std::string file;
  std::optional<int> index;
};
ImageReference ParseImageReference(const std::string& reference);

/// Fetches the encoded bytes of references. Keeps the last IDX file unpacked. Not thread-safe.
class ImageReader {
 public:
  /// Encoded bytes for DecodeImage: all of the file's or, of a large file that begins as no image does, its beginning.
  /// The error names the reference; a lack of memory is such an error. Only regular files are read.
  Result<std::string> Fetch(const std::string& reference);

 private:
  Result<std::string> FetchMember(const ImageReference& member);

  std::string idx_path_;
  std::optional<IdxImages> idx_;
};

}  // namespace amsel
