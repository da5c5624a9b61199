#include "image/image_reader.h"

#include <charconv>
#include <filesystem>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {

Result<std::string> ImageReader::Fetch(const std::string& reference) {
  const std::size_t hash = reference.rfind('#');
  std::error_code ignored;  // a name too long is no file, and ReadFile says so
  if (hash == std::string::npos || std::filesystem::exists(reference, ignored)) return ReadFile(reference);
  const std::string path = reference.substr(0, hash);
  int index = -1;
  const char* end = reference.data() + reference.size();
  const auto [stop, fault] = std::from_chars(reference.data() + hash + 1, end, index);
  if (fault != std::errc() || stop != end || index < 0) return ReadFile(reference);
  if (path != idx_path_ || !idx_) {
    AMSEL_ASSIGN_OR_RETURN(idx_, ReadIdxImages(path));
    idx_path_ = path;
  }
  if (index >= idx_->count) {
    return BadInput(reference + ": the file has images 0 to " + std::to_string(idx_->count - 1));
  }
  return idx_->Pgm(index);
}

}  // namespace amsel
