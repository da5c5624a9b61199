#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "base/csv.h"
#include "base/status_macros.h"
#include "outcomes/outcomes.h"
#include "profile/dataset.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected = "expected a header with the columns path and label (or label_index)";

/// Where each column stands in a CSV file; −1 where it is absent.
struct Columns {
  int path = -1;
  int label = -1;
  int label_index = -1;  ///< instead of label: positions, whatever the names are
  int group = -1;
  int weight = -1;
  int split = -1;
  std::vector<std::string> passed_over;

  int of_label() const { return label >= 0 ? label : label_index; }
};

/// What names of columns have in common that people take for one another: "Groups" and "group".
std::string Plain(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  if (plain.ends_with('s')) plain.pop_back();
  return plain;
}

Result<Columns> ReadHeader(const CsvRow& header, const std::string& file) {
  Columns columns;
  const std::map<std::string, int*> known{{"path", &columns.path},     {"label", &columns.label},
                                          {"group", &columns.group},   {"label_index", &columns.label_index},
                                          {"weight", &columns.weight}, {"split", &columns.split}};
  const auto fault = [&](const std::string& what) { return BadInput(file + ": line 1: " + what); };
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string& name = header.fields[i];
    if (const auto it = known.find(name); it != known.end()) {
      if (*it->second >= 0) return fault("column `" + name + "` is there twice");
      *it->second = static_cast<int>(i);
      continue;
    }
    for (const auto& [meant, at] : known) {
      if (Plain(name) == Plain(meant)) return fault("column `" + name + "`: expected `" + meant + "`, or another name");
    }
    columns.passed_over.push_back(name);
  }
  if (columns.label >= 0 && columns.label_index >= 0) return fault("has label and label_index; expected one of them");
  if (columns.path >= 0 && columns.of_label() >= 0) return columns;
  std::string found;
  for (const std::string& name : header.fields) found += (found.empty() ? "`" : ", `") + name + "`";
  return fault(kExpected + (", found " + found));
}

Result<double> ReadWeight(const std::string& text) {
  double weight = -1;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (fault == std::errc() && stop == text.data() + text.size() && weight >= 0 && weight <= kMostWeight) {
    return weight;
  }
  return BadInput("weight `" + text + "`: expected a number from 0 to 1e12");
}

/// The file that a path means. One with backslashes that is no file's name is read as Windows writes it, where that is
/// one.
Result<std::string> ReferenceOf(const std::string& path, const std::string& folder) {
  const auto in_folder = [&](const std::string& name) {
    return fs::path(name).is_absolute() ? name : (fs::path(folder) / name).string();
  };
  std::string reference = in_folder(path);
  if (path.find('\\') == std::string::npos) return reference;
  std::error_code ignored;  // what cannot be asked for is not there
  if (fs::exists(reference, ignored)) return reference;
  const bool drive = path.size() > 2 && std::isalpha(static_cast<unsigned char>(path[0])) != 0 && path[1] == ':';
  if (path.starts_with('\\') || (drive && path[2] == '\\')) {
    return BadInput("path `" + path +
                    "` is a whole path of Windows; expected one relative to the list's folder, or of "
                    "this system");
  }
  std::string turned = path;
  std::replace(turned.begin(), turned.end(), '\\', '/');
  turned = in_folder(turned);
  return fs::exists(turned, ignored) ? turned : reference;
}

class Reader {
 public:
  Reader(const Columns& columns, const std::string& folder, const LabelNames& names)
      : columns_(columns), folder_(folder), names_(names) {}

  Result<LabelledImage> Read(const CsvRow& row) const {
    LabelledImage image;
    image.key = Field(row, columns_.path);
    if (image.key.empty()) return BadInput("the path is empty");
    AMSEL_ASSIGN_OR_RETURN(image.reference, ReferenceOf(image.key, folder_));
    const std::string label = Field(row, columns_.of_label());
    AMSEL_ASSIGN_OR_RETURN(image.label, columns_.label >= 0 ? names_.ClassOf(label) : names_.ClassAt(label));
    image.group = Field(row, columns_.group);
    if (const std::string weight = Field(row, columns_.weight); !weight.empty()) {
      AMSEL_ASSIGN_OR_RETURN(image.weight, ReadWeight(weight));
    }
    image.split = Field(row, columns_.split);
    if (!IsSplit(image.split)) return BadInput("split `" + image.split + "`: expected " + kSplitsInWords);
    return image;
  }

 private:
  static std::string Field(const CsvRow& row, int column) {
    return column < 0 ? std::string() : row.fields[static_cast<std::size_t>(column)];
  }

  const Columns& columns_;
  const std::string& folder_;
  const LabelNames& names_;
};

void NotePassedOver(const Columns& columns, std::size_t without_label, Dataset& dataset) {
  constexpr std::size_t kShown = 5;
  const std::vector<std::string>& names = columns.passed_over;
  if (!names.empty()) {
    std::string text = names.size() == 1 ? "passed over the column " : "passed over the columns ";
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i) text += (i == 0 ? "`" : ", `") + names[i] + "`";
    dataset.notices.push_back(text + (names.size() > kShown ? ", ..." : ""));
  }
  if (without_label > 0) {
    dataset.notices.push_back("passed over " + std::to_string(without_label) +
                              (without_label == 1 ? " row without a label" : " rows without a label"));
  }
}

/// Every row has a field for each column.
Status CheckShape(const std::vector<CsvRow>& rows, const std::string& file) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::vector<std::string>& fields = rows[i].fields;
    const std::string where = file + ": line " + std::to_string(rows[i].line) + ": ";
    if (fields.size() == 1 && fields[0].empty()) return BadInput(where + "is empty");
    if (fields.size() == rows.front().fields.size()) continue;
    return BadInput(where + "has " + std::to_string(fields.size()) + " fields, the header " +
                    std::to_string(rows.front().fields.size()));
  }
  return {};
}

}  // namespace

Result<Dataset> ParseImagesCsv(std::string_view text, const std::string& file, const std::string& folder,
                               const std::vector<std::string>& labels, std::optional<NumberLabels> numbers) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(text, file));
  if (rows.empty()) return BadInput(file + ": is empty; " + kExpected);
  AMSEL_ASSIGN_OR_RETURN(const Columns columns, ReadHeader(rows.front(), file));
  AMSEL_RETURN_IF_ERROR(CheckShape(rows, file));
  const auto label_of = [&](const CsvRow& row) { return row.fields[static_cast<std::size_t>(columns.of_label())]; };
  LabelNames names(labels);
  Dataset dataset;
  if (columns.label >= 0) {
    std::vector<std::string> texts;
    for (std::size_t i = 1; i < rows.size(); ++i) texts.push_back(label_of(rows[i]));
    const Status settled = names.SettleNumbers(texts, numbers);
    if (!settled.ok()) return BadInput(file + ": " + settled.error().message);
    dataset.numbers = names.numbers();
    dataset.numbers_differ = names.numbers_differ();
  }
  const Reader reader(columns, folder, names);
  std::unordered_set<std::string> keys;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    const auto fault = [&](const std::string& what) {
      return BadInput(file + ": line " + std::to_string(row.line) + ": " + what);
    };
    if (label_of(row).empty()) continue;
    auto image = reader.Read(row);
    if (!image.ok()) return fault(image.error().message);
    if (!keys.insert(image->key).second) return fault("path `" + image->key + "` is there twice");
    dataset.images.push_back(std::move(*image));
  }
  if (rows.size() == 1) return BadInput(file + ": lists no image");
  if (dataset.images.empty()) return BadInput(file + ": no row has a label");
  NotePassedOver(columns, rows.size() - 1 - dataset.images.size(), dataset);
  if (const std::string notice = names.NumbersNotice(); !notice.empty()) dataset.notices.push_back(notice);
  return dataset;
}

}  // namespace amsel
