// Where OpenCV is linked into the program (AMSEL_STATIC_OPENCV): the libwebp of its codecs is there.
#include "image/webp_library.h"

extern "C" {
int WebPGetInfo(const std::uint8_t* data, std::size_t bytes, int* width, int* height);
std::uint8_t* WebPDecodeBGRInto(const std::uint8_t* data, std::size_t bytes, std::uint8_t* pixels, std::size_t room,
                                int stride);
}

namespace amsel {

const Result<WebpLibrary>& Webp() {
  static const Result<WebpLibrary> linked = WebpLibrary{&WebPGetInfo, &WebPDecodeBGRInto};
  return linked;
}

}  // namespace amsel
