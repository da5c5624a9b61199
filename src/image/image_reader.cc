#include "image/image_reader.h"

#include <charconv>
#include <cstdint>
#include <filesystem>

#include "base/file.h"
#include "base/status_macros.h"
#include "image/decode.h"
#include "image/within_memory.h"

namespace amsel {
namespace {

constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;
constexpr std::size_t kHead = 4096;

/// A large file is looked at before memory is taken for it.
Result<std::string> ReadImageFile(const std::string& path) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  if (file.size() > kLarge) {
    std::string head(kHead, '\0');
    AMSEL_RETURN_IF_ERROR(file.ReadAt(0, head.size(), head.data()));
    if (!BeginsAsImage(head)) return head;  // the decoder says what it is
    if (file.size() > INT32_MAX) return BadInput(path + ": the file is larger than 2 GiB");
  }
  return file.ReadAll();
}

}  // namespace

ImageReference ParseImageReference(const std::string& reference) {
  const std::size_t hash = reference.rfind('#');
  std::error_code ignored;  // a name too long is no file, and whoever reads it says so
  if (hash == std::string::npos || std::filesystem::exists(reference, ignored)) return {reference, {}};
  int index = -1;
  const char* end = reference.data() + reference.size();
  const auto [stop, fault] = std::from_chars(reference.data() + hash + 1, end, index);
  if (fault != std::errc() || stop != end || index < 0) return {reference, {}};
  return {reference.substr(0, hash), index};
}

Result<std::string> ImageReader::Fetch(const std::string& reference) {
  Result<std::string> bytes = WithinMemory("its bytes", [&] {
    const ImageReference parsed = ParseImageReference(reference);
    return parsed.index ? FetchMember(parsed) : ReadImageFile(parsed.file);
  });
  if (bytes.ok() || bytes.error().message.starts_with(reference)) return bytes;
  return Error{bytes.error().kind, reference + ": " + bytes.error().message};
}

Result<std::string> ImageReader::FetchMember(const ImageReference& member) {
  if (member.file != idx_path_ || !idx_) {
    idx_.reset();  // before another is unpacked
    AMSEL_ASSIGN_OR_RETURN(idx_, ReadIdxImages(member.file));
    idx_path_ = member.file;
  }
  if (*member.index >= idx_->count) {
    return BadInput(member.file + ": has images 0 to " + std::to_string(idx_->count - 1));
  }
  return idx_->Pgm(*member.index);
}

}  // namespace amsel
