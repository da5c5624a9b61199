#include "image/open_library.h"

namespace amsel {

Result<void*> OpenLibrary(std::initializer_list<std::string> places, const std::string& need) {
  std::string complaint;
  for (const std::string& place : places) {
    if (void* const library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    if (const char* const why = dlerror(); why != nullptr && complaint.empty()) complaint = why;
  }
  return RuntimeFailure(need + ": " + complaint);
}

}  // namespace amsel
