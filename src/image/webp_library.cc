#include "image/webp_library.h"

#include "base/status_macros.h"
#include "image/open_library.h"

namespace amsel {
namespace {

Result<WebpLibrary> Open() {
  AMSEL_ASSIGN_OR_RETURN(void* const library, OpenLibrary({"libwebp.so.7", "libwebp.so.6", "libwebp.so"},
                                                          "WebP images need libwebp (on Debian the package libwebp7)"));
  WebpLibrary webp;
  const bool has_all =
      FindSymbol(library, "WebPGetInfo", webp.size) && FindSymbol(library, "WebPDecodeBGRInto", webp.decode);
  return has_all ? Result<WebpLibrary>(webp) : RuntimeFailure("WebP images need another libwebp than the one in use");
}

}  // namespace

const Result<WebpLibrary>& Webp() {
  static const Result<WebpLibrary> opened = Open();
  return opened;
}

}  // namespace amsel
