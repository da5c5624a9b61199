#include "image/heif_library.h"

#include "base/status_macros.h"
#include "image/open_library.h"

namespace amsel {

Result<HeifLibrary> OpenHeifLibrary(const std::string& library) {
  AMSEL_ASSIGN_OR_RETURN(void* const opened, OpenLibrary({library}, "it cannot be opened"));
  HeifLibrary heif;
  const auto find = [&](const std::string& name, auto& function) {
    return FindSymbol(opened, ("heif_" + name).c_str(), function);
  };
  const bool complete =
      find("context_alloc", heif.context_alloc) && find("context_free", heif.context_free) &&
      find("context_set_maximum_image_size_limit", heif.context_set_maximum_image_size_limit) &&
      find("context_read_from_memory_without_copy", heif.context_read_from_memory_without_copy) &&
      find("context_get_primary_image_handle", heif.context_get_primary_image_handle) &&
      find("image_handle_release", heif.image_handle_release) &&
      find("image_handle_get_width", heif.image_handle_get_width) &&
      find("image_handle_get_height", heif.image_handle_get_height) &&
      find("decoding_options_alloc", heif.decoding_options_alloc) &&
      find("decoding_options_free", heif.decoding_options_free) && find("decode_image", heif.decode_image) &&
      find("image_get_width", heif.image_get_width) && find("image_get_height", heif.image_get_height) &&
      find("image_get_plane_readonly", heif.image_get_plane_readonly) && find("image_release", heif.image_release);
  if (!complete) return RuntimeFailure("it is too old");
  HeifError (*init)(const void*) = nullptr;  // since 1.13; loads plug-ins
  if (find("init", init)) init(nullptr);
  return heif;
}

}  // namespace amsel
