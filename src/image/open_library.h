// Libraries that are opened when a picture first needs them, so that whoever has no such pictures need not have them.
#pragma once

#include <dlfcn.h>

#include <initializer_list>
#include <string>

#include "amsel/result.h"

namespace amsel {

/// The first of `places`, files or names for the dynamic linker, that can be opened; it is never closed. The error is
/// `need`, then what the linker said of the first.
Result<void*> OpenLibrary(std::initializer_list<std::string> places, const std::string& need);

/// False where `library` has no such symbol.
template <typename Function>
bool FindSymbol(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace amsel
