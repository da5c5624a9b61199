// Labelled images: a CSV file, a folder per class, or a pair of IDX files (docs/formats/images.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"
#include "outcomes/outcomes.h"
#include "profile/label_names.h"

namespace amsel {

struct LabelledImage {
  std::string key;        ///< as the user wrote it: names the image in profiles and messages
  std::string reference;  ///< for ImageReader
  int label = 0;
  std::string group;  ///< images of a group are never split; empty: a group of its own
  double weight = 1;
  std::string split;  ///< fit | select | certify | test; empty: amsel splits
};

struct Dataset {
  std::vector<LabelledImage> images;
  std::vector<std::string> notices;             ///< what the user should know of how the list was read, a line each
  NumberLabels numbers = NumberLabels::kNames;  ///< how labels that are whole numbers were read
  bool numbers_differ = false;                  ///< whether the other reading gives some image another class
};

/// Reads the list (not the images) at `path`: a folder is a folder per class, one that IsIdxImagesFile a pair of
/// IDX files, all else CSV. `numbers` says how labels that are whole numbers are read; absent: as the list itself
/// tells, as names where they are. Errors name the file, the line and what was expected.
Result<Dataset> LoadDataset(const std::string& path, const std::vector<std::string>& labels,
                            std::optional<NumberLabels> numbers = {});

/// The CSV case, from its text. `folder` is what relative paths are relative to. Says nothing of absent classes.
Result<Dataset> ParseImagesCsv(std::string_view text, const std::string& file, const std::string& folder,
                               const std::vector<std::string>& labels, std::optional<NumberLabels> numbers = {});

/// The files that the images are in.
std::vector<std::string> FilesOf(const Dataset& dataset);

/// The labels file that belongs to an IDX images file: "…images-idx3…" → "…labels-idx1…".
std::string IdxLabelsFile(const std::string& images_file);

}  // namespace amsel
