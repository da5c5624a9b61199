#include "image/image_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/status_macros.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// Device and number: what a folder is, whatever its name.
using Identity = std::pair<dev_t, ino_t>;

Result<Identity> IdentityOf(const std::string& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) {
    return BadInput(folder + ": cannot be read: " + std::generic_category().message(errno));
  }
  return Identity{status.st_dev, status.st_ino};
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool IsHidden(const std::string& name) {
  static const std::set<std::string> kOfSystems{
      "@eadir",    "#recycle", "__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information",
      "lost+found"};
  return name.starts_with('.') || kOfSystems.contains(Lower(name));
}

bool IsImageEnding(const std::string& ending) {
  static const std::set<std::string> kEndings{".jpg", ".jpeg", ".jpe",  ".jfif", ".png",  ".bmp",  ".webp", ".pgm",
                                              ".ppm", ".tif",  ".tiff", ".gif",  ".avif", ".heic", ".heif"};
  return kEndings.contains(ending);
}

/// The ending that a file is counted under: what follows the last dot, where that looks like one.
std::string EndingOf(const std::string& name) {
  constexpr std::size_t kLongest = 12;
  const std::string ending = Lower(fs::path(name).extension().string());
  const bool plain = std::all_of(ending.begin() + (ending.empty() ? 0 : 1), ending.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0; });
  return plain && ending.size() > 1 && ending.size() <= kLongest ? ending : "";
}

class Walk {
 public:
  explicit Walk(std::string root) : root_(std::move(root)) {}

  Result<ImageFolder> Run() {
    // What holds the folder is on the way to everything in it: a link there leads back, too.
    std::error_code failure;
    for (fs::path above = fs::canonical(root_, failure); !failure && above.has_relative_path();) {
      above = above.parent_path();
      if (const auto identity = IdentityOf(above.string()); identity.ok()) way_.push_back(*identity);
    }
    AMSEL_RETURN_IF_ERROR(Enter(""));
    std::sort(found_.images.begin(), found_.images.end());
    std::sort(found_.folders.begin(), found_.folders.end());
    std::sort(found_.loops.begin(), found_.loops.end());
    return std::move(found_);
  }

 private:
  /// `below` is the folder's path below the root, with a "/" at its end unless it is the root.
  Status Enter(const std::string& below) {
    const std::string path = below.empty() ? root_ : (fs::path(root_) / below).string();
    AMSEL_ASSIGN_OR_RETURN(const Identity identity, IdentityOf(path));
    if (std::find(way_.begin(), way_.end(), identity) != way_.end()) {
      found_.loops.push_back(below.substr(0, below.size() - 1));
      return {};
    }
    way_.push_back(identity);
    std::error_code failure;
    std::vector<std::string> folders;  // entered once this one is read: open folders are few, however deep it goes
    for (fs::directory_iterator at(path, failure); !failure && at != fs::directory_iterator(); at.increment(failure)) {
      Sort(*at, below, folders);
    }
    if (failure) return BadInput(path + ": cannot be read: " + failure.message());
    for (const std::string& folder : folders) {
      AMSEL_RETURN_IF_ERROR(Enter(below + folder + "/"));
      const bool loop = !found_.loops.empty() && found_.loops.back() == below + folder;
      if (below.empty() && !loop) found_.folders.push_back(folder);
    }
    way_.pop_back();
    return {};
  }

  void Sort(const fs::directory_entry& entry, const std::string& below, std::vector<std::string>& folders) {
    const std::string name = entry.path().filename().string();
    if (IsHidden(name)) return;
    std::error_code failure;  // a link that leads nowhere is told of when it is opened
    if (entry.is_directory(failure)) return folders.push_back(name);
    if (failure == std::errc::too_many_symbolic_link_levels) return found_.loops.push_back(below + name);
    std::error_code ignored;
    const std::string ending = entry.is_other(ignored) ? "no regular file" : EndingOf(name);
    if (IsImageEnding(ending)) {
      found_.images.push_back(below + name);
    } else {
      ++found_.others[ending];
    }
  }

  std::string root_;
  std::vector<Identity> way_;  ///< the folders that hold the one being read, and itself
  ImageFolder found_;
};

}  // namespace

Result<ImageFolder> ReadImageFolder(const std::string& folder) {
  return Walk(folder).Run();
}

std::string PassedOver(const ImageFolder& folder) {
  constexpr std::size_t kShown = 6;
  std::vector<std::pair<std::size_t, std::string>> endings;
  std::size_t files = 0;
  for (const auto& [ending, count] : folder.others) {
    endings.emplace_back(count, ending.empty() ? "without an ending" : ending);
    files += count;
  }
  std::stable_sort(endings.begin(), endings.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  if (files > 0) text = "passed over " + std::to_string(files) + (files == 1 ? " file: " : " files: ");
  for (std::size_t i = 0; i < endings.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(endings[i].first) + " " + endings[i].second;
  }
  if (endings.size() > kShown) text += ", ...";
  for (std::size_t i = 0; i < folder.loops.size() && i < kShown; ++i) {
    text += (text.empty() ? "passed over " : i == 0 ? "; " : ", ") + folder.loops[i];
  }
  if (folder.loops.size() > kShown) text += ", ...";
  if (!folder.loops.empty()) text += folder.loops.size() == 1 ? ", a link in a circle" : ", links in a circle";
  return text;
}

}  // namespace amsel
