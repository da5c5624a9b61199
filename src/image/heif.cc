// Boxes are those of ISO/IEC 14496-12 and 23008-12; the size of each picture stands in a box `ispe`, so that it can be
// bounded before libheif sees the file.
#include "image/heif.h"

#include <algorithm>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/heif_boxes.h"
#include "image/heif_coded_size.h"
#include "image/heif_library.h"
#include "image/image_errors.h"

namespace amsel {
namespace {

/// Whether the file's brands, the main one and the compatible ones, have one that begins so.
bool HasBrand(std::string_view bytes, std::string_view beginning) {
  if (bytes.size() < kBoxHead) return false;
  const std::size_t length = std::min<std::size_t>(BigEndian(bytes, 0, 4), bytes.size());
  for (std::size_t at = kBoxHead; at + 4 <= length; at += at == kBoxHead ? 8 : 4) {  // after the main one, its version
    if (bytes.substr(at, 4).starts_with(beginning)) return true;
  }
  return false;
}

std::string NameOf(const HeifHeader& header) {
  return header.avif ? "an AVIF image" : "a HEIC image";
}

std::string WhatToInstall(const HeifHeader& header) {
  return header.avif
             ? "libheif1 with an AV1 decoder (Debian 12: libheif1, libdav1d6; Debian 13: libheif-plugin-dav1d)"
             : "libheif1 with a HEVC decoder (Debian 12: libheif1, libde265-0; Debian 13: libheif-plugin-libde265)";
}

Error Complaint(const HeifHeader& header, const HeifError& error) {
  const std::string said = error.message != nullptr ? error.message : "";
  const bool no_decoder =
      error.code == kHeifUnsupportedFile || error.code == kHeifUnsupportedFeature || error.code == kHeifPlugin;
  if (error.code == kHeifMemory) return BadInput(NameOf(header) + " that needs more memory than allowed: " + said);
  if (no_decoder)
    return BadInput("this is " + NameOf(header) + "; reading it needs " + WhatToInstall(header) + ": " + said);
  return BadInput("not a readable " + NameOf(header).substr(NameOf(header).find(' ') + 1) + ": " + said);
}

/// What libheif holds for one picture.
struct Decoding {
  explicit Decoding(const HeifLibrary& opened) : library(opened) {}
  ~Decoding() {
    if (image != nullptr) library.image_release(image);
    if (options != nullptr) library.decoding_options_free(options);
    if (handle != nullptr) library.image_handle_release(handle);
    if (context != nullptr) library.context_free(context);
  }
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  const HeifLibrary& library;
  HeifContext* context = nullptr;
  HeifImageHandle* handle = nullptr;
  HeifDecodingOptions* options = nullptr;
  HeifImage* image = nullptr;
};

Status Copy(const Decoding& decoding, std::int64_t max_pixels, Image& image) {
  const HeifLibrary& library = decoding.library;
  int stride = 0;
  const std::uint8_t* from = library.image_get_plane_readonly(decoding.image, kHeifInterleaved, &stride);
  image.width = library.image_get_width(decoding.image, kHeifInterleaved);
  image.height = library.image_get_height(decoding.image, kHeifInterleaved);
  AMSEL_RETURN_IF_ERROR(CheckPixels(image.width, image.height, max_pixels));
  if (from == nullptr || stride < image.width * 3) return BadInput("the image has no pixels");
  image.pixels.resize(static_cast<std::size_t>(image.width) * image.height * 3);
  std::uint8_t* to = image.pixels.data();
  for (int y = 0; y < image.height; ++y, from += stride) {
    for (const std::uint8_t *pixel = from, *const end = from + std::ptrdiff_t{3} * image.width; pixel != end;
         pixel += 3, to += 3) {
      to[0] = pixel[2];
      to[1] = pixel[1];
      to[2] = pixel[0];
    }
  }
  return {};
}

Status Decode(const HeifLibrary& library, std::string_view heif, const HeifHeader& header, std::int64_t max_pixels,
              Image& image) {
  AMSEL_RETURN_IF_ERROR(CheckCodedSizes(heif, max_pixels));
  Decoding decoding(library);
  decoding.context = library.context_alloc();
  decoding.options = library.decoding_options_alloc();
  if (decoding.context == nullptr || decoding.options == nullptr) return RuntimeFailure("libheif cannot be started");
  library.context_set_maximum_image_size_limit(decoding.context,
                                               static_cast<int>(std::max(header.width, header.height)));
  if (decoding.options->version >= 2) decoding.options->convert_hdr_to_8bit = 1;
  HeifError error = library.context_read_from_memory_without_copy(decoding.context, heif.data(), heif.size(), nullptr);
  if (error.code == 0) error = library.context_get_primary_image_handle(decoding.context, &decoding.handle);
  if (error.code != 0) return Complaint(header, error);
  AMSEL_RETURN_IF_ERROR(CheckPixels(library.image_handle_get_width(decoding.handle),
                                    library.image_handle_get_height(decoding.handle), max_pixels));
  error = library.decode_image(decoding.handle, &decoding.image, kHeifRgb, kHeifInterleavedRgb, decoding.options);
  return error.code != 0 ? Status(Complaint(header, error)) : Copy(decoding, max_pixels, image);
}

}  // namespace

bool LooksLikeHeif(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
  return HasBrand(bytes.substr(0, 12), "avi") || HasBrand(bytes.substr(0, 12), "he") ||
         HasBrand(bytes.substr(0, 12), "mif") || HasBrand(bytes.substr(0, 12), "msf");
}

Result<HeifHeader> ReadHeif(std::string_view heif) {
  constexpr std::size_t kVersionAndFlags = 4;
  HeifHeader header;
  header.avif = HasBrand(heif, "avi");
  const auto meta = FindBox(heif, "meta", kVersionAndFlags);
  const auto properties = meta ? FindBox(*meta, "iprp", 0) : std::nullopt;
  const auto container = properties ? FindBox(*properties, "ipco", 0) : std::nullopt;
  if (!container)
    return BadInput("not a readable " + std::string(header.avif ? "AVIF" : "HEIC") + " image, or cut off");
  for (HeifBoxes walk(*container); walk.Next();) {
    if (walk.name() != "ispe" || walk.content().size() < 12) continue;
    const std::int64_t width = BigEndian(walk.content(), 4, 4);
    const std::int64_t height = BigEndian(walk.content(), 8, 4);
    if (width > INT32_MAX || height > INT32_MAX) return BadInput("the image declares sides over 2147483647 pixels");
    if (width * height <= header.width * header.height) continue;
    header.width = width;
    header.height = height;
  }
  return header;
}

Status DecodeHeifBy(const std::string& library, std::string_view heif, const HeifHeader& header,
                    std::int64_t max_pixels, Image& image) {
  const Result<HeifLibrary> opened = OpenHeifLibrary(library);
  if (opened.ok()) return Decode(*opened, heif, header, max_pixels, image);
  return RuntimeFailure("this is " + NameOf(header) + "; reading it needs " + WhatToInstall(header) + ": " +
                        opened.error().message);
}

Status DecodeHeif(std::string_view heif, const HeifHeader& header, std::int64_t max_pixels, Image& image) {
  static const Result<HeifLibrary> library = OpenHeifLibrary("libheif.so.1");
  return library.ok() ? Decode(*library, heif, header, max_pixels, image)
                      : DecodeHeifBy("libheif.so.1", heif, header, max_pixels, image);
}

}  // namespace amsel
