#include "profile/row_reader.h"

#include <charconv>
#include <filesystem>

namespace amsel {

RowReader::RowReader(ProfileStore& store, std::function<void(std::size_t done, std::size_t total)> progress)
    : store_(store), progress_(std::move(progress)) {
  std::error_code failure;
  for (const char* journal : {"", "-wal"}) {
    const auto bytes = std::filesystem::file_size(store.file() + journal, failure);
    file_bytes_ += failure ? 0 : bytes;
  }
}

Result<int> RowReader::WholeMeta(const std::string& key, int most) {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, store_.Meta(key));
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = fault == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
  if (!text.empty() && !whole) return Wrong(key, "a whole number from 0 to " + std::to_string(most));
  return value;
}

Error RowReader::Incomplete(const std::string& what) const {
  return Fault("is incomplete: " + what + "; continue it with amsel profile --resume");
}

Error RowReader::Wrong(const std::string& what, const std::string& expected) const {
  return Fault(what + ": expected " + expected);
}

Error RowReader::Fault(const std::string& what) const {
  return BadInput(store_.file() + ": " + what);
}

}  // namespace amsel
