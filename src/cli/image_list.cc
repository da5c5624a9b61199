#include "cli/image_list.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/status_macros.h"
#include "image/image_folder.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStdin = StdinImages::kName;

}  // namespace

ImageList::ImageList() : stdin_(std::cin) {}

Result<ImageList> ImageList::Of(const std::vector<std::string>& arguments) {
  ImageList list;
  for (const std::string& argument : arguments) {
    std::error_code ignored;  // what is no folder is asked for as a file
    if (argument != kStdin && fs::is_directory(argument, ignored)) {
      AMSEL_RETURN_IF_ERROR(list.AddFolder(argument));
    } else {
      list.references_.push_back(argument);
    }
  }
  return list;
}

Status ImageList::AddFolder(const std::string& folder) {
  AMSEL_ASSIGN_OR_RETURN(const ImageFolder found, ReadImageFolder(folder));
  const std::string passed_over = PassedOver(found);
  if (found.images.empty()) {
    return BadInput(folder + ": holds no image" + (passed_over.empty() ? "" : "; " + passed_over));
  }
  if (!passed_over.empty()) notices_.push_back(folder + ": " + passed_over);
  for (const std::string& image : found.images) references_.push_back((fs::path(folder) / image).string());
  return {};
}

std::optional<std::size_t> ImageList::count() const {
  if (std::find(references_.begin(), references_.end(), kStdin) != references_.end()) return {};
  return references_.size();
}

std::optional<std::string> ImageList::Next() {
  while (next_ < references_.size()) {
    if (references_[next_] != kStdin) return references_[next_++];
    if (std::optional<std::string> one = stdin_.Next()) return one;
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
