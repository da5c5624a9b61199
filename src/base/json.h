// Reading JSON that others wrote: every complaint names the file, the field and what was expected.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/result.h"

namespace amsel {

using Json = nlohmann::json;

/// Parses `text`; the error names `file` and the line and column. Nesting deeper than 64 is refused.
Result<Json> ParseJson(std::string_view text, const std::string& file);

/// Whether text may stand in JSON as it is.
bool IsUtf8(const std::string& text);

/// Indented, ended by a newline; bytes that are no UTF-8 are replaced.
std::string PrettyText(const Json& json);

/// Reads fields of a JSON object. The first fault is kept and shared with the readers of nested objects; after it every
/// read gives an empty value, so that callers read all and check status() once. `json` must outlive the reader.
class JsonReader {
 public:
  JsonReader(const Json& json, std::string file);

  bool Has(const std::string& key) const;
  std::string String(const std::string& key);
  /// A plain name (base/plain_name.h), and a list of them.
  std::string Name(const std::string& key);
  std::vector<std::string> Names(const std::string& key);
  std::string StringOr(const std::string& key, const std::string& fallback);
  /// One of `choices`.
  std::string Choice(const std::string& key, const std::vector<std::string>& choices);
  bool Boolean(const std::string& key);
  double Number(const std::string& key, double least = -std::numeric_limits<double>::max(),
                double most = std::numeric_limits<double>::max());
  std::int64_t Integer(const std::string& key, std::int64_t least, std::int64_t most);
  std::vector<double> Numbers(const std::string& key);
  std::vector<std::string> Strings(const std::string& key);
  JsonReader Object(const std::string& key);
  /// A reader for each element of an array of objects.
  std::vector<JsonReader> Objects(const std::string& key);

  /// The schema field must be `expected`; a newer or unknown one is refused.
  void Schema(const std::string& expected);
  /// Records a fault of the caller's own finding.
  void Fault(const std::string& key, const std::string& expected);

  Status status() const;
  const Json& json() const { return *json_; }

 private:
  JsonReader(const Json& json, std::string file, std::string path, std::shared_ptr<std::optional<Error>> fault);
  const Json* Find(const std::string& key, const char* expected);
  std::string PathOf(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  const Json* json_;
  std::string file_;
  std::string path_;
  std::shared_ptr<std::optional<Error>> fault_;
};

}  // namespace amsel
