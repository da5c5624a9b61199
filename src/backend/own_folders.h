// Where amsel itself lies: what it opens at run time may lie beside it.
#pragma once

#include <filesystem>
#include <vector>

namespace amsel {

/// Folders of the file that this code is in (the shared library, or a program) and of the program.
std::vector<std::filesystem::path> OwnFolders();

}  // namespace amsel
