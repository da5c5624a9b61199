#include "base/csv.h"

#include <cstdint>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleEndianMark = "\xFF\xFE";
constexpr std::string_view kBigEndianMark = "\xFE\xFF";

void AppendUtf8(std::uint32_t code, std::string& text) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto tail = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | code >> 6), tail(0);
  if (code < 0x10000) return put(0xE0 | code >> 12), tail(6), tail(0);
  put(0xF0 | code >> 18), tail(12), tail(6), tail(0);
}

/// From UTF-16 without its mark.
Result<std::string> ToUtf8(std::string_view bytes, bool big_endian, const std::string& file) {
  const auto broken = [&](std::size_t at) {
    return BadInput(file + ": is UTF-16 that is broken at byte " + std::to_string(at + kLittleEndianMark.size()));
  };
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    if (at + 2 > bytes.size()) return broken(at);
    std::uint32_t code = unit(at);
    if (code >= 0xD800 && code < 0xE000) {  // half of a pair
      const std::uint32_t low = code < 0xDC00 && at + 4 <= bytes.size() ? unit(at + 2) : 0;
      if (low < 0xDC00 || low >= 0xE000) return broken(at);
      code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
      at += 2;
    }
    AppendUtf8(code, text);
  }
  return text;
}

/// How a file is written, as its first line tells.
struct Dialect {
  char separator = ',';
  bool lone_cr = false;  ///< lines end in CR alone
};

Result<Dialect> DialectOf(std::string_view text, const std::string& file) {
  bool quoted = false;
  bool comma = false;
  bool semicolon = false;
  bool tab = false;
  Dialect dialect;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    comma = comma || c == ',';
    semicolon = semicolon || c == ';';
    tab = tab || c == '\t';
    if (c == '\n') break;
    if (c != '\r') continue;
    dialect.lone_cr = at + 1 < text.size() && text[at + 1] != '\n';
    break;
  }
  if (comma) return dialect;
  if (semicolon && tab) return BadInput(file + ": line 1: has semicolons and tabs; cannot tell which separate fields");
  dialect.separator = semicolon ? ';' : tab ? '\t' : ',';
  return dialect;
}

/// Reads one field at a time; knows the line it is on.
class Scanner {
 public:
  Scanner(std::string_view text, Dialect dialect, const std::string& file)
      : text_(text), dialect_(dialect), file_(&file), ends_{dialect.separator, '\r', '\n'} {}

  bool AtEnd() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  Result<std::string> Field() { return !AtEnd() && text_[at_] == '"' ? Quoted() : Plain(); }

  /// True when another field follows in this row; false after the row's end.
  Result<bool> Separator() {
    if (AtEnd()) return false;
    const char c = text_[at_];
    if (c == dialect_.separator) return ++at_, true;
    const bool crlf = c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    if (dialect_.lone_cr ? c == '\r' && !crlf : c == '\n' || crlf || (c == '\r' && at_ + 1 == text_.size())) {
      at_ += crlf ? 2 : 1;
      ++line_;
      return false;
    }
    if (c == '\r' || c == '\n') return Fault("does not end as the first line does, which ends in " + LineEnd());
    return Fault("expected " + SeparatorName() + " or the end of the line after a quoted field");
  }

  Error Fault(const std::string& what) const {
    return BadInput(*file_ + ": line " + std::to_string(line_) + ": " + what);
  }

 private:
  Result<std::string> Plain() {
    const std::size_t end = std::min(text_.find_first_of(ends_, at_), text_.size());
    const std::string_view field = text_.substr(at_, end - at_);
    if (field.find('\0') != std::string_view::npos) return HoldsNul();
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
      if (c == '\0') return HoldsNul();
      line_ += c == (dialect_.lone_cr ? '\r' : '\n') ? 1 : 0;
      field += c;
    }
    line_ = first;
    return Fault("a quoted field does not end");
  }

  Error HoldsNul() const { return Fault("holds a NUL byte (UTF-16 is read with a byte-order mark only)"); }
  std::string LineEnd() const { return dialect_.lone_cr ? "CR alone" : "LF or CRLF"; }
  std::string SeparatorName() const {
    return dialect_.separator == ',' ? "a comma" : dialect_.separator == ';' ? "a semicolon" : "a tab";
  }

  std::string_view text_;
  Dialect dialect_;
  const std::string* file_;
  std::string ends_;  ///< what ends a plain field
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> ParseCsv(std::string_view text, const std::string& file) {
  std::string converted;
  if (const bool big_endian = text.starts_with(kBigEndianMark); big_endian || text.starts_with(kLittleEndianMark)) {
    AMSEL_ASSIGN_OR_RETURN(converted, ToUtf8(text.substr(kBigEndianMark.size()), big_endian, file));
    text = converted;
  }
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  AMSEL_ASSIGN_OR_RETURN(const Dialect dialect, DialectOf(text, file));
  Scanner scanner(text, dialect, file);
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
