// The images named on a command line, one after another.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "cli/stdin_images.h"

namespace amsel {

/// Files as they are, the images of folders (ReadImageFolder), `-` what is on stdin, which is read as it is asked for:
/// a list, or one image. Not thread-safe, but for StdinImage().
class ImageList {
 public:
  /// Bad input where a folder cannot be read or holds no image.
  static Result<ImageList> Of(const std::vector<std::string>& arguments);

  /// What was passed over in folders, a line each.
  const std::vector<std::string>& notices() const { return notices_; }

  /// How many there are; absent where stdin is among them.
  std::optional<std::size_t> count() const;

  /// The next `most` references, or as many as there are; nothing at the end.
  std::optional<std::vector<std::string>> NextFew(std::size_t most);

  /// The encoded image that `reference`, which NextFew gave, stands for where it came on stdin; else null.
  const std::string* StdinImage(const std::string& reference) const {
    return reference == StdinImages::kName ? stdin_.image() : nullptr;
  }

  /// Bad input where stdin was neither a list nor an image, once NextFew has given nothing.
  Status status() const { return stdin_.status(); }

 private:
  ImageList();
  Status AddFolder(const std::string& folder);
  std::optional<std::string> Next();

  std::vector<std::string> references_;  ///< "-" stands for stdin
  std::vector<std::string> notices_;
  std::size_t next_ = 0;
  StdinImages stdin_;
};

}  // namespace amsel
