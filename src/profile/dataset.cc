#include "profile/dataset.h"

#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/status_macros.h"
#include "image/idx.h"
#include "image/image_folder.h"
#include "image/image_reader.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxCsvBytes = std::uint64_t{1} << 30;

/// "`a`, `b`, ..."
std::string Few(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) text += (i == 0 ? "`" : ", `") + names[i] + "`";
  return text + (names.size() > kShown ? ", ..." : "");
}

/// Folders without an image have `told` of so many classes already.
void NoteAbsentClasses(const std::vector<std::string>& labels, std::size_t told, Dataset& dataset) {
  std::vector<bool> present(labels.size(), false);
  for (const LabelledImage& image : dataset.images) present[static_cast<std::size_t>(image.label)] = true;
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!present[i]) absent.push_back(labels[i]);
  }
  if (absent.size() + 1 == labels.size()) {
    const std::string& only = labels[static_cast<std::size_t>(dataset.images.front().label)];
    dataset.notices.push_back("all images are of one class, `" + only + "`");
  } else if (absent.size() > told) {
    dataset.notices.push_back(std::to_string(absent.size()) + " of " + std::to_string(labels.size()) +
                              " classes have no image: " + Few(absent));
  }
}

Result<Dataset> LoadFolderPerClass(const std::string& path, const std::vector<std::string>& labels,
                                   std::optional<NumberLabels> numbers) {
  AMSEL_ASSIGN_OR_RETURN(const ImageFolder folder, ReadImageFolder(path));
  LabelNames names(labels);
  const Status settled = names.SettleNumbers(folder.folders, numbers);
  if (!settled.ok()) return BadInput(path + ": " + settled.error().message);
  std::map<std::string, int> classes;
  for (const std::string& name : folder.folders) {
    const auto label = names.ClassOf(name);
    if (!label.ok()) return BadInput((fs::path(path) / name).string() + ": " + label.error().message);
    classes.emplace(name, *label);
  }
  Dataset dataset;
  dataset.numbers = names.numbers();
  dataset.numbers_differ = names.numbers_differ();
  std::set<std::string> filled;
  std::size_t outside = 0;
  for (const std::string& image : folder.images) {
    const std::size_t slash = image.find('/');
    if (slash == std::string::npos) {
      ++outside;
      continue;
    }
    const auto of_class = classes.find(image.substr(0, slash));
    filled.insert(of_class->first);
    dataset.images.push_back({image, (fs::path(path) / image).string(), of_class->second, "", 1, ""});
  }
  const std::string passed_over = PassedOver(folder);
  if (dataset.images.empty()) {
    return BadInput(path + ": holds no image (expected a folder per class)" +
                    (passed_over.empty() ? "" : "; " + passed_over));
  }
  if (!passed_over.empty()) dataset.notices.push_back(passed_over);
  if (outside > 0) {
    dataset.notices.push_back("passed over " + std::to_string(outside) + (outside == 1 ? " image" : " images") +
                              " beside the class folders");
  }
  std::vector<std::string> empty;
  for (const std::string& name : folder.folders) {
    if (!filled.contains(name)) empty.push_back(name);
  }
  if (!empty.empty()) {
    dataset.notices.push_back(
        (empty.size() == 1 ? "a class folder holds no image: " : "class folders hold no image: ") + Few(empty));
  }
  if (const std::string notice = names.NumbersNotice(); !notice.empty()) dataset.notices.push_back(notice);
  NoteAbsentClasses(labels, empty.size(), dataset);
  return dataset;
}

Result<Dataset> LoadIdx(const std::string& path, const std::vector<std::string>& labels) {
  AMSEL_ASSIGN_OR_RETURN(const IdxImages pictures, ReadIdxImages(path));
  const std::string labels_file = IdxLabelsFile(path);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<int> classes, ReadIdxLabels(labels_file));
  if (classes.size() != static_cast<std::size_t>(pictures.count)) {
    return BadInput(labels_file + ": has " + std::to_string(classes.size()) + " labels for " +
                    std::to_string(pictures.count) + " images");
  }
  Dataset dataset;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] >= static_cast<int>(labels.size())) {
      return BadInput(labels_file + ": label " + std::to_string(classes[i]) + " of image " + std::to_string(i) +
                      " is not below the number of classes, " + std::to_string(labels.size()));
    }
    std::string member = "#";
    member += std::to_string(i);
    dataset.images.push_back({fs::path(path).filename().string() + member, path + member, classes[i], "", 1, ""});
  }
  NoteAbsentClasses(labels, 0, dataset);
  return dataset;
}

}  // namespace

std::string IdxLabelsFile(const std::string& images_file) {
  const std::string from = "images-idx3";
  const std::size_t at = images_file.rfind(from);
  return at == std::string::npos ? images_file + ".labels"
                                 : images_file.substr(0, at) + "labels-idx1" + images_file.substr(at + from.size());
}

Result<Dataset> LoadDataset(const std::string& path, const std::vector<std::string>& labels,
                            std::optional<NumberLabels> numbers) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) return LoadFolderPerClass(path, labels, numbers);
  if (IsIdxImagesFile(path)) return LoadIdx(path, labels);
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCsvBytes));
  AMSEL_ASSIGN_OR_RETURN(Dataset dataset,
                         ParseImagesCsv(text, path, fs::path(path).parent_path().string(), labels, numbers));
  NoteAbsentClasses(labels, 0, dataset);
  return dataset;
}

std::vector<std::string> FilesOf(const Dataset& dataset) {
  std::vector<std::string> files;
  for (const LabelledImage& image : dataset.images) {
    std::string file = ParseImageReference(image.reference).file;
    if (files.empty() || files.back() != file) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace amsel
