// The part of libheif's C interface that is used. It is declared here so that building needs none of its headers, which
// bring those of four video codecs with them; its binary form is kept from release to release of libheif.so.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "amsel/result.h"

namespace amsel {

struct HeifError {
  int code;  ///< 0: none
  int subcode;
  const char* message;  ///< lives as long as the context or the library
};

/// The beginning of heif_decoding_options, which libheif allocates.
struct HeifDecodingOptions {
  std::uint8_t version;
  std::uint8_t ignore_transformations;
  void* progress[4];
  std::uint8_t convert_hdr_to_8bit;  ///< since version 2
};

struct HeifContext;
struct HeifImageHandle;
struct HeifImage;

inline constexpr int kHeifUnsupportedFile = 3;  // codes of errors
inline constexpr int kHeifUnsupportedFeature = 4;
inline constexpr int kHeifMemory = 6;
inline constexpr int kHeifPlugin = 7;
inline constexpr int kHeifRgb = 1;              // a colour space
inline constexpr int kHeifInterleavedRgb = 10;  // how its samples lie: 8 bits each
inline constexpr int kHeifInterleaved = 10;     // the channel that they are then

/// Functions are named as in libheif, without heif_.
struct HeifLibrary {
  HeifContext* (*context_alloc)() = nullptr;
  void (*context_free)(HeifContext*) = nullptr;
  void (*context_set_maximum_image_size_limit)(HeifContext*, int side) = nullptr;
  HeifError (*context_read_from_memory_without_copy)(HeifContext*, const void*, std::size_t, const void*) = nullptr;
  HeifError (*context_get_primary_image_handle)(HeifContext*, HeifImageHandle**) = nullptr;
  void (*image_handle_release)(const HeifImageHandle*) = nullptr;
  int (*image_handle_get_width)(const HeifImageHandle*) = nullptr;
  int (*image_handle_get_height)(const HeifImageHandle*) = nullptr;
  HeifDecodingOptions* (*decoding_options_alloc)() = nullptr;
  void (*decoding_options_free)(HeifDecodingOptions*) = nullptr;
  HeifError (*decode_image)(const HeifImageHandle*, HeifImage**, int space, int chroma,
                            const HeifDecodingOptions*) = nullptr;
  int (*image_get_width)(const HeifImage*, int channel) = nullptr;
  int (*image_get_height)(const HeifImage*, int channel) = nullptr;
  const std::uint8_t* (*image_get_plane_readonly)(const HeifImage*, int channel, int* stride) = nullptr;
  void (*image_release)(const HeifImage*) = nullptr;
};

/// Opens the library, with its plug-ins where it has such. The error says why not, as the linker does.
Result<HeifLibrary> OpenHeifLibrary(const std::string& library);

}  // namespace amsel
