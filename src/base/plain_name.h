// The one check of names that become parts of paths: of candidates, views, operating points, folders and files that
// zoos, profiles, manifests and policies name. They may come from strangers, and lead nowhere.
#pragma once

#include <string_view>

namespace amsel {

/// What a plain name is, for messages.
inline constexpr const char* kPlainName =
    "a plain name (1 to 240 bytes of UTF-8 without `/`, `\\`, line ends and zero bytes, not `.` or `..`)";

/// Whether `name` names one thing in a folder, whatever the folder.
bool IsPlainName(std::string_view name);

/// Whether `path` is relative and made of plain names alone, so that it stays in the folder that it is put behind.
bool IsPlainPath(std::string_view path);

}  // namespace amsel
