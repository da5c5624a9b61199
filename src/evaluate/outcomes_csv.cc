#include "evaluate/outcomes_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "amsel/candidate.h"
#include "base/status_macros.h"
#include "profile/csv.h"
#include "profile/dataset.h"

namespace amsel {
namespace {

constexpr const char* kExpected =
    "expected columns NAME:correct and NAME:ms for each candidate, or id, candidate, correct and ms";

/// What one cell of the table says of an image and a candidate.
struct Outcome {
  double correct = -1;  ///< −1: not told
  double ms = -1;
  double confidence = -1;
};

/// One image as it was read.
struct ImageRow {
  std::string group;
  double weight = 1;
  int line = 0;
  std::vector<Outcome> outcomes;  ///< by candidate
};

/// A CSV file whose complaints name line and column.
class Sheet {
 public:
  Sheet(std::vector<CsvRow> rows, const std::string& file) : rows_(std::move(rows)), file_(&file) {}

  const std::vector<std::string>& header() const { return rows_.front().fields; }
  std::size_t size() const { return rows_.size(); }
  int Line(std::size_t row) const { return rows_[row].line; }
  const std::string& At(std::size_t row, std::size_t column) const { return rows_[row].fields[column]; }

  Error Fault(int line, const std::string& what) const {
    return BadInput(*file_ + ": line " + std::to_string(line) + ": " + what);
  }
  Error FaultAt(std::size_t row, std::size_t column, const std::string& what) const {
    return Fault(Line(row), "column " + std::to_string(column + 1) + " (`" + header()[column] + "`): " + what);
  }

  Result<double> Number(std::size_t row, std::size_t column, double most) const {
    const std::string& text = At(row, column);
    double value = 0;
    const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = fault == std::errc() && stop == text.data() + text.size() && !text.empty();
    if (whole && std::isfinite(value) && value >= 0 && value <= most) return value;
    return FaultAt(row, column, "`" + text + "`: expected a number " + (most <= 1 ? "from 0 to 1" : "of at least 0"));
  }

  /// Every row has as many fields as the header, and no column stands there twice.
  Status CheckShape() const {
    std::set<std::string> seen;
    for (std::size_t column = 0; column < header().size(); ++column) {
      if (!seen.insert(header()[column]).second) return FaultAt(0, column, "is there twice");
    }
    for (std::size_t row = 1; row < size(); ++row) {
      const std::size_t fields = rows_[row].fields.size();
      if (fields == 1 && header().size() > 1 && At(row, 0).empty()) return Fault(Line(row), "is empty");
      if (fields != header().size()) {
        return Fault(Line(row),
                     "has " + std::to_string(fields) + " fields, the header " + std::to_string(header().size()));
      }
    }
    return {};
  }

 private:
  std::vector<CsvRow> rows_;
  const std::string* file_;
};

constexpr double kMostMs = 1e12;

/// Notes in which column the one of these names stands, if it is one of them.
bool TakeColumn(std::initializer_list<std::pair<const char*, int*>> known, const std::string& name,
                std::size_t column) {
  for (const auto& [own, where] : known) {
    if (name != own) continue;
    *where = static_cast<int>(column);
    return true;
  }
  return false;
}

/// The columns that say something of an image, whichever candidate; −1 where absent.
struct ImageColumns {
  int id = -1;
  int group = -1;
  int weight = -1;

  /// Whether `name` is one of them.
  bool Take(const std::string& name, std::size_t column) {
    return TakeColumn({{"id", &id}, {"group", &group}, {"weight", &weight}}, name, column);
  }

  Result<ImageRow> Read(const Sheet& sheet, std::size_t row) const {
    ImageRow image;
    image.line = sheet.Line(row);
    if (group >= 0) image.group = sheet.At(row, static_cast<std::size_t>(group));
    if (weight >= 0 && !sheet.At(row, static_cast<std::size_t>(weight)).empty()) {
      AMSEL_ASSIGN_OR_RETURN(image.weight, sheet.Number(row, static_cast<std::size_t>(weight), kMostWeight));
    }
    return image;
  }
};

/// The three columns of a candidate (or of the long form); −1 where absent.
struct OutcomeColumns {
  int correct = -1;
  int ms = -1;
  int confidence = -1;

  bool Take(const std::string& name, std::size_t column) {
    return TakeColumn({{"correct", &correct}, {"ms", &ms}, {"confidence", &confidence}}, name, column);
  }

  Result<Outcome> Read(const Sheet& sheet, std::size_t row) const {
    Outcome outcome;
    AMSEL_ASSIGN_OR_RETURN(outcome.correct, sheet.Number(row, static_cast<std::size_t>(correct), 1));
    AMSEL_ASSIGN_OR_RETURN(outcome.ms, sheet.Number(row, static_cast<std::size_t>(ms), kMostMs));
    if (confidence >= 0) {
      AMSEL_ASSIGN_OR_RETURN(outcome.confidence, sheet.Number(row, static_cast<std::size_t>(confidence), 1));
    }
    return outcome;
  }
};

/// What either form is read into.
struct Contents {
  std::vector<std::string> candidates;
  std::vector<bool> confident;  ///< by candidate: it tells its confidence
  std::vector<ImageRow> images;
};

Status AddNamedCandidate(const Sheet& sheet, int line, const std::string& name, Contents& contents) {
  if (name.empty()) return sheet.Fault(line, "the name of a candidate is empty");
  if (contents.candidates.size() == kMaxCandidates) {
    return sheet.Fault(line, "there are more than " + std::to_string(kMaxCandidates) + " candidates");
  }
  contents.candidates.push_back(name);
  return {};
}

Result<Contents> ReadWide(const Sheet& sheet) {
  ImageColumns image_columns;
  Contents contents;
  std::vector<OutcomeColumns> columns;
  for (std::size_t column = 0; column < sheet.header().size(); ++column) {
    const std::string& name = sheet.header()[column];
    if (image_columns.Take(name, column)) continue;
    const std::size_t colon = name.rfind(':');
    const std::string candidate = name.substr(0, colon);
    const auto known = std::find(contents.candidates.begin(), contents.candidates.end(), candidate);
    const auto at = static_cast<std::size_t>(known - contents.candidates.begin());
    OutcomeColumns fresh = at < columns.size() ? columns[at] : OutcomeColumns();
    if (colon == std::string::npos || !fresh.Take(name.substr(colon + 1), column)) {
      return sheet.FaultAt(0, column, std::string("is unknown; ") + kExpected + " (and id, group, weight)");
    }
    if (at == columns.size()) {
      AMSEL_RETURN_IF_ERROR(AddNamedCandidate(sheet, sheet.Line(0), candidate, contents));
      columns.emplace_back();
    }
    columns[at] = fresh;
  }
  if (columns.empty()) return sheet.Fault(sheet.Line(0), kExpected);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const char* missing = columns[c].correct < 0 ? ":correct" : columns[c].ms < 0 ? ":ms" : nullptr;
    if (missing != nullptr)
      return sheet.Fault(sheet.Line(0), "lacks the column `" + contents.candidates[c] + missing + "`");
    contents.confident.push_back(columns[c].confidence >= 0);
  }
  std::set<std::string> ids;
  for (std::size_t row = 1; row < sheet.size(); ++row) {
    AMSEL_ASSIGN_OR_RETURN(ImageRow image, image_columns.Read(sheet, row));
    if (image_columns.id >= 0) {
      const auto id = static_cast<std::size_t>(image_columns.id);
      if (!ids.insert(sheet.At(row, id)).second)
        return sheet.FaultAt(row, id, "`" + sheet.At(row, id) + "` is there twice");
    }
    for (const OutcomeColumns& of_candidate : columns) {
      AMSEL_ASSIGN_OR_RETURN(const Outcome outcome, of_candidate.Read(sheet, row));
      image.outcomes.push_back(outcome);
    }
    contents.images.push_back(std::move(image));
  }
  return contents;
}

struct LongColumns {
  ImageColumns image;
  OutcomeColumns outcome;
  std::size_t candidate = 0;
};

Result<LongColumns> ReadLongHeader(const Sheet& sheet) {
  LongColumns columns;
  for (std::size_t column = 0; column < sheet.header().size(); ++column) {
    const std::string& name = sheet.header()[column];
    if (columns.image.Take(name, column) || columns.outcome.Take(name, column)) continue;
    if (name != "candidate") {
      return sheet.FaultAt(0, column,
                           "is unknown; expected id, candidate, correct, ms and optionally confidence, group, weight");
    }
    columns.candidate = column;
  }
  if (columns.image.id < 0 || columns.outcome.correct < 0 || columns.outcome.ms < 0) {
    return sheet.Fault(sheet.Line(0), "has a column `candidate` but lacks one of id, correct and ms");
  }
  return columns;
}

/// Adds one row of the long form to its image.
Status AddLongRow(const Sheet& sheet, std::size_t row, const LongColumns& columns,
                  std::map<std::string, std::size_t>& images, Contents& contents) {
  const auto id = static_cast<std::size_t>(columns.image.id);
  AMSEL_ASSIGN_OR_RETURN(ImageRow image, columns.image.Read(sheet, row));
  const auto [known, fresh] = images.emplace(sheet.At(row, id), contents.images.size());
  if (fresh) contents.images.push_back(image);
  ImageRow& whole = contents.images[known->second];
  if (whole.group != image.group || whole.weight != image.weight) {
    return sheet.Fault(sheet.Line(row), "group or weight of `" + known->first + "` is another than in line " +
                                            std::to_string(whole.line));
  }
  const std::string& name = sheet.At(row, columns.candidate);
  const auto at = std::find(contents.candidates.begin(), contents.candidates.end(), name) - contents.candidates.begin();
  const auto c = static_cast<std::size_t>(at);
  if (c == contents.candidates.size()) AMSEL_RETURN_IF_ERROR(AddNamedCandidate(sheet, sheet.Line(row), name, contents));
  if (whole.outcomes.size() <= c) whole.outcomes.resize(c + 1);
  if (whole.outcomes[c].correct >= 0) {
    return sheet.Fault(sheet.Line(row), "`" + name + "` on `" + known->first + "` is there twice");
  }
  AMSEL_ASSIGN_OR_RETURN(whole.outcomes[c], columns.outcome.Read(sheet, row));
  return {};
}

Result<Contents> ReadLong(const Sheet& sheet) {
  AMSEL_ASSIGN_OR_RETURN(const LongColumns columns, ReadLongHeader(sheet));
  Contents contents;
  std::map<std::string, std::size_t> images;
  for (std::size_t row = 1; row < sheet.size(); ++row) {
    AMSEL_RETURN_IF_ERROR(AddLongRow(sheet, row, columns, images, contents));
  }
  for (const auto& [id, at] : images) {
    ImageRow& image = contents.images[at];
    image.outcomes.resize(contents.candidates.size());
    for (std::size_t c = 0; c < image.outcomes.size(); ++c) {
      if (image.outcomes[c].correct >= 0) continue;
      return sheet.Fault(image.line, "`" + id + "` has no row of `" + contents.candidates[c] + "`");
    }
  }
  contents.confident.assign(contents.candidates.size(), columns.outcome.confidence >= 0);
  return contents;
}

DoctorTable TableOf(const Contents& contents, const std::string& file) {
  DoctorTable table;
  table.source = {{"csv", file}, {"images", contents.images.size()}};
  std::map<std::string, int> groups;
  for (const ImageRow& image : contents.images) {
    const int fresh = static_cast<int>(table.images.groups.size()) + static_cast<int>(contents.images.size());
    const int group =
        image.group.empty() ? fresh : groups.emplace(image.group, static_cast<int>(groups.size())).first->second;
    table.images.groups.push_back(group);
    table.images.weights.push_back(image.weight);
    table.images.labels.push_back(0);
  }
  for (std::size_t c = 0; c < contents.candidates.size(); ++c) {
    RowSamples single{contents.candidates[c], "single", "", {}, {}, {}, {}, {{contents.candidates[c], 1.0}}, 0};
    std::vector<float> confidence;
    for (const ImageRow& image : contents.images) {
      single.right.push_back(image.outcomes[c].correct);
      single.latency_ms.push_back(image.outcomes[c].ms);
      if (contents.confident[c]) confidence.push_back(static_cast<float>(image.outcomes[c].confidence));
    }
    single.right_top5 = single.right;
    single.predicted.assign(single.right.size(), -1);
    single.worst_path_ms = WeightedMean(single.latency_ms, {});
    table.costs.push_back({single.worst_path_ms, 0, static_cast<int>(c)});
    table.is_view.push_back(false);
    table.singles.push_back(std::move(single));
    table.confidence.push_back(std::move(confidence));
    table.margin.emplace_back();
  }
  return table;
}

}  // namespace

Result<DoctorTable> ParseOutcomesCsv(std::string_view text, const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(std::vector<CsvRow> rows, ParseCsv(text, file));
  if (rows.empty()) return BadInput(file + ": is empty; " + kExpected);
  const Sheet sheet(std::move(rows), file);
  AMSEL_RETURN_IF_ERROR(sheet.CheckShape());
  if (sheet.size() == 1) return BadInput(file + ": lists no image");
  const bool is_long = std::count(sheet.header().begin(), sheet.header().end(), "candidate") > 0;
  AMSEL_ASSIGN_OR_RETURN(const Contents contents, is_long ? ReadLong(sheet) : ReadWide(sheet));
  double weight = 0;
  for (const ImageRow& image : contents.images) weight += image.weight;
  if (weight <= 0) return BadInput(file + ": has images of weight 0 only");
  DoctorTable table = TableOf(contents, file);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.CostMs(c) <= 0) return BadInput(file + ": `" + contents.candidates[c] + "` takes no time at all");
  }
  return table;
}

}  // namespace amsel
