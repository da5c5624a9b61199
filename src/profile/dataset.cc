#include "profile/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/file.h"
#include "base/status_macros.h"
#include "image/idx.h"
#include "profile/csv.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxCsvBytes = std::uint64_t{1} << 30;

/// Class of a label's text: a name (when it is the name of one class), else an index.
class LabelResolver {
 public:
  explicit LabelResolver(const std::vector<std::string>& labels) : count_(static_cast<int>(labels.size())) {
    for (int i = 0; i < count_; ++i) {
      const auto [it, fresh] = by_name_.emplace(labels[static_cast<std::size_t>(i)], i);
      if (!fresh) it->second = kAmbiguous;
    }
  }

  /// The class, or what is wrong with the text.
  Result<int> Resolve(const std::string& text) const {
    const auto it = by_name_.find(text);
    if (it != by_name_.end() && it->second != kAmbiguous) return it->second;
    int index = -1;
    const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (fault == std::errc() && stop == text.data() + text.size() && index >= 0 && index < count_) return index;
    if (it != by_name_.end()) return BadInput("label `" + text + "` names several classes; use an index");
    return BadInput("unknown label `" + text + "`: expected a class index from 0 to " + std::to_string(count_ - 1) +
                    " or a name from the labels");
  }

 private:
  static constexpr int kAmbiguous = -1;
  std::map<std::string, int> by_name_;
  int count_;
};

/// Where each column stands in a CSV file; −1 where it is absent.
struct Columns {
  int path = -1;
  int label = -1;
  int group = -1;
  int weight = -1;
  int split = -1;
};

Result<Columns> ReadHeader(const CsvRow& header, const std::string& file) {
  Columns columns;
  const std::map<std::string, int*> known{{"path", &columns.path},
                                          {"label", &columns.label},
                                          {"group", &columns.group},
                                          {"weight", &columns.weight},
                                          {"split", &columns.split}};
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto it = known.find(header.fields[i]);
    if (it == known.end() || *it->second >= 0) {
      return BadInput(file + ": line 1: column `" + header.fields[i] + "` is " +
                      (it == known.end() ? "unknown" : "there twice") +
                      "; expected a header with path, label and optionally group, weight, split");
    }
    *it->second = static_cast<int>(i);
  }
  if (columns.path < 0 || columns.label < 0) {
    return BadInput(file + ": line 1: expected a header with the columns path and label");
  }
  return columns;
}

Result<double> ReadWeight(const std::string& text) {
  double weight = -1;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (fault == std::errc() && stop == text.data() + text.size() && std::isfinite(weight) && weight >= 0) return weight;
  return BadInput("weight `" + text + "`: expected a number of at least 0");
}

Result<LabelledImage> ReadRow(const CsvRow& row, const Columns& columns, const std::string& folder,
                              const LabelResolver& resolver) {
  const auto field = [&](int column) {
    return column < 0 ? std::string() : row.fields[static_cast<std::size_t>(column)];
  };
  LabelledImage image;
  image.key = field(columns.path);
  if (image.key.empty()) return BadInput("the path is empty");
  image.reference = fs::path(image.key).is_absolute() ? image.key : (fs::path(folder) / image.key).string();
  AMSEL_ASSIGN_OR_RETURN(image.label, resolver.Resolve(field(columns.label)));
  image.group = field(columns.group);
  if (const std::string weight = field(columns.weight); !weight.empty()) {
    AMSEL_ASSIGN_OR_RETURN(image.weight, ReadWeight(weight));
  }
  image.split = field(columns.split);
  static const std::set<std::string> kSplits{"", "fit", "select", "certify", "test"};
  if (!kSplits.contains(image.split)) {
    return BadInput("split `" + image.split + "`: expected fit, select, certify, test or nothing");
  }
  return image;
}

Result<std::vector<LabelledImage>> LoadFolderPerClass(const std::string& path, const std::vector<std::string>& labels) {
  static const std::set<std::string> kExtensions{".jpg", ".jpeg", ".png", ".bmp", ".webp", ".pgm", ".ppm"};
  const LabelResolver resolver(labels);
  std::vector<LabelledImage> images;
  std::error_code failure;
  for (const fs::directory_entry& folder : fs::directory_iterator(path, failure)) {
    const std::string name = folder.path().filename().string();
    if (!folder.is_directory() || name.front() == '.') continue;
    const auto label = resolver.Resolve(name);
    if (!label.ok()) return BadInput(folder.path().string() + ": " + label.error().message);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder.path(), failure)) {
      std::string extension = entry.path().extension().string();
      std::transform(extension.begin(), extension.end(), extension.begin(),
                     [](unsigned char c) { return std::tolower(c); });
      if (!entry.is_regular_file() || !kExtensions.contains(extension)) continue;
      images.push_back({fs::relative(entry.path(), path).string(), entry.path().string(), *label, "", 1, ""});
    }
  }
  if (failure) return BadInput(path + ": cannot be read: " + failure.message());
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return images;
}

Result<std::vector<LabelledImage>> LoadIdx(const std::string& path, const std::vector<std::string>& labels) {
  AMSEL_ASSIGN_OR_RETURN(const IdxImages pictures, ReadIdxImages(path));
  const std::string labels_file = IdxLabelsFile(path);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<int> classes, ReadIdxLabels(labels_file));
  if (classes.size() != static_cast<std::size_t>(pictures.count)) {
    return BadInput(labels_file + ": has " + std::to_string(classes.size()) + " labels for " +
                    std::to_string(pictures.count) + " images");
  }
  std::vector<LabelledImage> images;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] >= static_cast<int>(labels.size())) {
      return BadInput(labels_file + ": label " + std::to_string(classes[i]) + " of image " + std::to_string(i) +
                      " is not below the number of classes, " + std::to_string(labels.size()));
    }
    std::string member = "#";
    member += std::to_string(i);
    images.push_back({fs::path(path).filename().string() + member, path + member, classes[i], "", 1, ""});
  }
  return images;
}

}  // namespace

std::string IdxLabelsFile(const std::string& images_file) {
  const std::string from = "images-idx3";
  const std::size_t at = images_file.rfind(from);
  return at == std::string::npos ? images_file + ".labels"
                                 : images_file.substr(0, at) + "labels-idx1" + images_file.substr(at + from.size());
}

Result<std::vector<LabelledImage>> ParseImagesCsv(std::string_view text, const std::string& file,
                                                  const std::string& folder, const std::vector<std::string>& labels) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(text, file));
  if (rows.empty()) return BadInput(file + ": is empty; expected a header with the columns path and label");
  AMSEL_ASSIGN_OR_RETURN(const Columns columns, ReadHeader(rows.front(), file));
  const LabelResolver resolver(labels);
  std::vector<LabelledImage> images;
  std::set<std::string> keys;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    const auto fault = [&](const std::string& what) {
      return BadInput(file + ": line " + std::to_string(row.line) + ": " + what);
    };
    if (row.fields.size() == 1 && row.fields[0].empty()) return fault("is empty");
    if (row.fields.size() != rows.front().fields.size()) {
      return fault("has " + std::to_string(row.fields.size()) + " fields, the header " +
                   std::to_string(rows.front().fields.size()));
    }
    auto image = ReadRow(row, columns, folder, resolver);
    if (!image.ok()) return fault(image.error().message);
    if (!keys.insert(image->key).second) return fault("path `" + image->key + "` is there twice");
    images.push_back(std::move(*image));
  }
  if (images.empty()) return BadInput(file + ": lists no image");
  return images;
}

Result<std::vector<LabelledImage>> LoadDataset(const std::string& path, const std::vector<std::string>& labels) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) {
    AMSEL_ASSIGN_OR_RETURN(std::vector<LabelledImage> images, LoadFolderPerClass(path, labels));
    if (images.empty()) return BadInput(path + ": holds no image (expected a folder per class)");
    return images;
  }
  if (fs::path(path).filename().string().find("idx3-ubyte") != std::string::npos) return LoadIdx(path, labels);
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCsvBytes));
  return ParseImagesCsv(text, path, fs::path(path).parent_path().string(), labels);
}

}  // namespace amsel
