#include "cli/image_list.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace amsel {
namespace {

constexpr const char* kStdin = "-";

}  // namespace

ImageList::ImageList(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  for (const std::string& argument : arguments) {
    std::error_code failure;
    if (argument == kStdin || !fs::is_directory(argument, failure)) {
      references_.push_back(argument);
      continue;
    }
    const auto begin = static_cast<std::ptrdiff_t>(references_.size());
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argument, failure)) {
      if (entry.is_regular_file()) references_.push_back(entry.path().string());
    }
    std::sort(references_.begin() + begin, references_.end());
  }
}

std::optional<std::size_t> ImageList::count() const {
  if (std::find(references_.begin(), references_.end(), kStdin) != references_.end()) return {};
  return references_.size();
}

std::optional<std::string> ImageList::Next() {
  while (next_ < references_.size()) {
    if (references_[next_] != kStdin) return references_[next_++];
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty()) return line;
    }
    ++next_;
  }
  return {};
}

std::optional<std::vector<std::string>> ImageList::NextFew(std::size_t most) {
  std::vector<std::string> few;
  while (few.size() < most) {
    std::optional<std::string> one = Next();
    if (!one) break;
    few.push_back(std::move(*one));
  }
  if (few.empty()) return {};
  return few;
}

}  // namespace amsel
