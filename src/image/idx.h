// IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST (LeCun, "THE IDX FILE FORMAT").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// 8-bit grey images of one size.
struct IdxImages {
  int count = 0;
  int height = 0;
  int width = 0;
  std::string pixels;

  /// Image `index` as the bytes of a PGM file.
  std::string Pgm(int index) const;
};

/// Whether a path means an images file: the file's name holds "idx3-ubyte", as those of MNIST do.
bool IsIdxImagesFile(const std::string& path);

/// Reads an images file (magic 0x803). Errors name the file.
Result<IdxImages> ReadIdxImages(const std::string& path);

/// Reads a labels file (magic 0x801).
Result<std::vector<int>> ReadIdxLabels(const std::string& path);

/// The same from bytes already unpacked.
Result<IdxImages> ParseIdxImages(std::string bytes, const std::string& file);
Result<std::vector<int>> ParseIdxLabels(std::string_view bytes, const std::string& file);

}  // namespace amsel
