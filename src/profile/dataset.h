// Labelled images: a CSV file, a folder per class, or a pair of IDX files (docs/formats/images.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

struct LabelledImage {
  std::string key;        ///< as the user wrote it: names the image in profiles and messages
  std::string reference;  ///< for ImageReader
  int label = 0;
  std::string group;  ///< images of a group are never split; empty: a group of its own
  double weight = 1;
  std::string split;  ///< fit | select | certify | test; empty: amsel splits
};

/// Reads the list (not the images) at `path`: a folder is a folder per class, a name with "idx3-ubyte" a pair of IDX
/// files, all else CSV. Errors name the file, the line and what was expected.
Result<std::vector<LabelledImage>> LoadDataset(const std::string& path, const std::vector<std::string>& labels);

/// The CSV case, from its text. `folder` is what relative paths are relative to.
Result<std::vector<LabelledImage>> ParseImagesCsv(std::string_view text, const std::string& file,
                                                  const std::string& folder, const std::vector<std::string>& labels);

/// The labels file that belongs to an IDX images file: "…images-idx3…" → "…labels-idx1…".
std::string IdxLabelsFile(const std::string& images_file);

}  // namespace amsel
