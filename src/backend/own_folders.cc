#include "backend/own_folders.h"

#include <dlfcn.h>

namespace amsel {

std::vector<std::filesystem::path> OwnFolders() {
  std::vector<std::filesystem::path> folders;
  std::error_code failure;
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&OwnFolders), &info) != 0 && info.dli_fname != nullptr) {
    const auto file = std::filesystem::canonical(info.dli_fname, failure);
    if (!failure) folders.push_back(file.parent_path());
  }
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure) folders.push_back(program.parent_path());
  return folders;
}

}  // namespace amsel
