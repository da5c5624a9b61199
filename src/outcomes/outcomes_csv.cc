#include "outcomes/outcomes_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/csv.h"
#include "base/sha256.h"
#include "base/status_macros.h"

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
  std::string id;
  std::string group;
  double weight = 1;
  std::string split;
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
constexpr double kWorthEnough = 0.5;  // what an answer is worth that counts as right where nothing in between does

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
  int split = -1;

  /// Whether `name` is one of them.
  bool Take(const std::string& name, std::size_t column) {
    return TakeColumn({{"id", &id}, {"group", &group}, {"weight", &weight}, {"split", &split}}, name, column);
  }

  Result<ImageRow> Read(const Sheet& sheet, std::size_t row) const {
    ImageRow image;
    image.line = sheet.Line(row);
    image.id = id >= 0 ? sheet.At(row, static_cast<std::size_t>(id)) : std::to_string(row);
    if (group >= 0) image.group = sheet.At(row, static_cast<std::size_t>(group));
    if (weight >= 0 && !sheet.At(row, static_cast<std::size_t>(weight)).empty()) {
      AMSEL_ASSIGN_OR_RETURN(image.weight, sheet.Number(row, static_cast<std::size_t>(weight), kMostWeight));
    }
    if (split >= 0) {
      const auto column = static_cast<std::size_t>(split);
      image.split = sheet.At(row, column);
      if (!IsSplit(image.split)) {
        return sheet.FaultAt(row, column, "`" + image.split + "`: expected " + kSplitsInWords);
      }
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

/// Positions of names in the order of their first use.
class Numbering {
 public:
  std::size_t Of(const std::string& name) { return known_.emplace(name, known_.size()).first->second; }
  std::size_t size() const { return known_.size(); }

 private:
  std::map<std::string, std::size_t> known_;
};

/// Where the candidate stands among those of `contents`, to which it is added where it is new.
Result<std::size_t> PositionOf(const Sheet& sheet, int line, const std::string& name, Numbering& candidates,
                               Contents& contents) {
  if (name.empty()) return sheet.Fault(line, "the name of a candidate is empty");
  const std::size_t c = candidates.Of(name);
  if (c == contents.candidates.size()) contents.candidates.push_back(name);
  return c;
}

Result<Contents> ReadWide(const Sheet& sheet) {
  ImageColumns image_columns;
  Contents contents;
  Numbering candidates;
  std::vector<OutcomeColumns> columns;
  for (std::size_t column = 0; column < sheet.header().size(); ++column) {
    const std::string& name = sheet.header()[column];
    if (image_columns.Take(name, column)) continue;
    const std::size_t colon = name.rfind(':');
    const std::string what = colon == std::string::npos ? "" : name.substr(colon + 1);
    if (OutcomeColumns any; !any.Take(what, column)) {
      return sheet.FaultAt(0, column, std::string("is unknown; ") + kExpected + " (and id, group, weight, split)");
    }
    AMSEL_ASSIGN_OR_RETURN(const std::size_t c,
                           PositionOf(sheet, sheet.Line(0), name.substr(0, colon), candidates, contents));
    columns.resize(contents.candidates.size());
    columns[c].Take(what, column);
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
      return sheet.FaultAt(
          0, column, "is unknown; expected id, candidate, correct, ms and optionally confidence, group, weight, split");
    }
    columns.candidate = column;
  }
  if (columns.image.id < 0 || columns.outcome.correct < 0 || columns.outcome.ms < 0) {
    return sheet.Fault(sheet.Line(0), "has a column `candidate` but lacks one of id, correct and ms");
  }
  return columns;
}

/// Which outcomes the rows of the long form hold, until it is known that there is one of each image and candidate: the
/// table of all of them may be far larger than the file.
struct LongRows {
  Numbering images;
  Numbering candidates;
  std::map<std::pair<std::size_t, std::size_t>, Outcome> outcomes;  ///< by image and candidate
};

Status AddLongRow(const Sheet& sheet, std::size_t row, const LongColumns& columns, LongRows& rows, Contents& contents) {
  AMSEL_ASSIGN_OR_RETURN(ImageRow image, columns.image.Read(sheet, row));
  const std::size_t i = rows.images.Of(image.id);
  if (i == contents.images.size()) contents.images.push_back(image);
  const ImageRow& first = contents.images[i];
  if (first.group != image.group || first.weight != image.weight || first.split != image.split) {
    return sheet.Fault(image.line, "group, weight or split of `" + image.id + "` is another than in line " +
                                       std::to_string(first.line));
  }
  const std::string& name = sheet.At(row, columns.candidate);
  AMSEL_ASSIGN_OR_RETURN(const std::size_t c, PositionOf(sheet, image.line, name, rows.candidates, contents));
  AMSEL_ASSIGN_OR_RETURN(const Outcome outcome, columns.outcome.Read(sheet, row));
  if (rows.outcomes.emplace(std::pair(i, c), outcome).second) return {};
  return sheet.Fault(image.line, "`" + name + "` on `" + image.id + "` is there twice");
}

Result<Contents> ReadLong(const Sheet& sheet) {
  AMSEL_ASSIGN_OR_RETURN(const LongColumns columns, ReadLongHeader(sheet));
  Contents contents;
  LongRows rows;
  for (std::size_t row = 1; row < sheet.size(); ++row) {
    AMSEL_RETURN_IF_ERROR(AddLongRow(sheet, row, columns, rows, contents));
  }
  auto next = rows.outcomes.begin();  // in the order of images, then of candidates
  for (std::size_t i = 0; i < contents.images.size(); ++i) {
    for (std::size_t c = 0; c < contents.candidates.size(); ++c, ++next) {
      if (next == rows.outcomes.end() || next->first != std::pair(i, c)) {
        return sheet.Fault(contents.images[i].line,
                           "`" + contents.images[i].id + "` has no row of `" + contents.candidates[c] + "`");
      }
      contents.images[i].outcomes.push_back(next->second);
    }
  }
  contents.confident.assign(contents.candidates.size(), columns.outcome.confidence >= 0);
  return contents;
}

void AddImages(const std::vector<ImageRow>& images, Outcomes& table) {
  std::map<std::string, int> groups;
  int fresh = static_cast<int>(images.size());
  for (const ImageRow& image : images) {
    table.groups.push_back(
        image.group.empty() ? fresh++ : groups.emplace(image.group, static_cast<int>(groups.size())).first->second);
    table.images.push_back({image.id, 0, image.weight, image.split});
  }
}

void AddOutcomes(const Contents& contents, std::size_t c, Outcomes& table) {
  double total_ms = 0;
  for (const ImageRow& image : contents.images) {
    const Outcome& outcome = image.outcomes[c];
    total_ms += outcome.ms;
    table.utilities.push_back(static_cast<float>(outcome.correct));
    table.ranks.push_back(outcome.correct < kWorthEnough ? 1 : 0);
    table.top_classes.push_back(-1);
    table.confidences.push_back(contents.confident[c] ? static_cast<float>(outcome.confidence) : NAN);
    table.inference_ms.push_back(static_cast<float>(outcome.ms));
  }
  table.candidates.push_back({contents.candidates[c], false, static_cast<int>(c)});
  table.mean_inference_ms.push_back(total_ms / static_cast<double>(contents.images.size()));
}

Outcomes TableOf(const Contents& contents, const std::string& file) {
  Outcomes table;
  table.source = file;
  table.labels = {"right"};
  AddImages(contents.images, table);
  for (std::size_t c = 0; c < contents.candidates.size(); ++c) AddOutcomes(contents, c, table);
  const std::size_t candidates = table.candidate_count();
  table.preprocess_ms.assign(table.inference_ms.size(), 0);
  table.stands_in.assign(table.inference_ms.size(), 0);
  table.mean_preprocess_ms.assign(candidates, 0);
  table.after_factors.assign(candidates, 1);
  table.has_after_runs.assign(candidates, 0);
  return table;
}

}  // namespace

Result<Outcomes> ParseOutcomesCsv(std::string_view text, const std::string& file) {
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
  Outcomes table = TableOf(contents, file);
  table.data_sha256 = Sha256Hex(text);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.MeanCostMs(c) <= 0) return BadInput(file + ": `" + contents.candidates[c] + "` takes no time at all");
  }
  return table;
}

}  // namespace amsel
