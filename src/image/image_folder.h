// Which files of a folder are its images: the one rule for every verb that is given a folder.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// What lies in a folder, at any depth. Paths are below it, with "/" between, sorted as text; links keep their names.
struct ImageFolder {
  std::vector<std::string> images;            ///< by their endings; a link that leads nowhere is one too
  std::vector<std::string> folders;           ///< right below it, those without an image too
  std::map<std::string, std::size_t> others;  ///< files that are no images, by ending (".txt"), "" without one
  std::vector<std::string> loops;             ///< links to themselves or to a folder that holds them: passed over
};

/// Names that begin with a dot, and what systems put beside people's files (@eaDir, __MACOSX, Thumbs.db, ...), are
/// passed over. Bad input, naming the folder, where one cannot be read.
Result<ImageFolder> ReadImageFolder(const std::string& folder);

/// "passed over 10 files: 3 .gif, 2 .txt, ..." with the loops in words; empty where nothing was passed over.
std::string PassedOver(const ImageFolder& folder);

}  // namespace amsel
