#include "describe/class_names.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/csv.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "image/idx.h"
#include "image/image_folder.h"
#include "profile/label_names.h"

namespace amsel {
namespace {

Result<ClassNames> OfCsv(const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(text, file));
  if (rows.empty()) return ClassNames();
  const auto& header = rows.front().fields;
  const auto column = static_cast<std::size_t>(std::find(header.begin(), header.end(), "label") - header.begin());
  std::set<std::string> names;
  for (std::size_t i = 1; i < rows.size() && column < header.size(); ++i) {
    if (column < rows[i].fields.size() && !rows[i].fields[column].empty()) names.insert(rows[i].fields[column]);
  }
  if (std::all_of(names.begin(), names.end(), IsWholeNumber)) return ClassNames();
  return ClassNames{{names.begin(), names.end()},
                    "the labels in " + file + ", in the order of their texts; --labels FILE gives another"};
}

}  // namespace

Result<ClassNames> ClassNamesOf(const std::string& images) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (fs::is_directory(images, failure)) {
    AMSEL_ASSIGN_OR_RETURN(const ImageFolder folder, ReadImageFolder(images));
    return ClassNames{folder.folders,
                      "the class folders of " + images + ", in the order of their names; --labels FILE gives another"};
  }
  if (IsIdxImagesFile(images)) return ClassNames();
  return OfCsv(images);
}

ClassNames NumbersFor(int count) {
  ClassNames numbers{{}, "the positions of the outputs, since nothing names them: --labels FILE does", true};
  for (int i = 0; i < count; ++i) numbers.names.push_back(std::to_string(i));
  return numbers;
}

bool ArePlaceholders(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with("LABEL_"); });
}

}  // namespace amsel
