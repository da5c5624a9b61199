#include "profile/csv.h"

namespace amsel {
namespace {

/// Reads one field at a time; knows the line it is on.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& file) : text_(text), file_(&file) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  Result<std::string> Field() { return !AtEnd() && text_[at_] == '"' ? Quoted() : Plain(); }

  /// True when another field follows in this row; false after the row's end.
  Result<bool> Separator() {
    if (AtEnd()) return false;
    if (text_[at_] == ',') return ++at_, true;
    if (text_[at_] == '\r') ++at_;
    if (!AtEnd() && text_[at_] == '\n') return ++at_, ++line_, false;
    return Fault("expected a comma or the end of the line after a quoted field");
  }

  Error Fault(const std::string& what) const {
    return BadInput(*file_ + ": line " + std::to_string(line_) + ": " + what);
  }

 private:
  Result<std::string> Plain() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const std::string_view field = text_.substr(at_, end - at_);
    if (field.find('\0') != std::string_view::npos) return Fault("holds a NUL byte");
    at_ = end;
    return std::string(field);
  }

  Result<std::string> Quoted() {
    const int first = line_;
    std::string field;
    for (++at_; !AtEnd(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') return ++at_, field;
        ++at_;
      }
      if (c == '\0') return Fault("holds a NUL byte");
      line_ += c == '\n' ? 1 : 0;
      field += c;
    }
    line_ = first;
    return Fault("a quoted field does not end");
  }

  std::string_view text_;
  const std::string* file_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> ParseCsv(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Scanner scanner(text, file);
  std::vector<CsvRow> rows;
  while (!scanner.AtEnd()) {
    CsvRow row{scanner.line(), {}};
    for (bool more = true; more;) {
      auto field = scanner.Field();
      if (!field.ok()) return field.error();
      row.fields.push_back(std::move(*field));
      const auto separator = scanner.Separator();
      if (!separator.ok()) return separator.error();
      more = *separator;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace amsel
