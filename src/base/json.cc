#include "base/json.h"

#include <algorithm>
#include <cmath>

#include "base/plain_name.h"

namespace amsel {
namespace {

const Json& EmptyObject() {
  static const Json empty = Json::object();
  return empty;
}

std::string Shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr std::size_t kLongest = 40;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

constexpr int kMaxDepth = 64;  // deeper than any of our formats; keeps recursion bounded

bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

bool IsUtf8(const std::string& text) {  // the two ways of writing what is not differ
  const Json json(text);
  return json.dump(-1, ' ', false, Json::error_handler_t::ignore) ==
         json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string PrettyText(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Json> ParseJson(std::string_view text, const std::string& file) {
  if (TooDeep(text)) return BadInput(file + ": JSON nested deeper than " + std::to_string(kMaxDepth));
  try {
    return Json::parse(text);
  } catch (const Json::exception& fault) {
    return BadInput(file + ": is not valid JSON: " + fault.what());
  }
}

JsonReader::JsonReader(const Json& json, std::string file)
    : JsonReader(json, std::move(file), "", std::make_shared<std::optional<Error>>()) {
  if (!json.is_object()) {
    *fault_ = BadInput(file_ + ": expected a JSON object, found " + Shown(json));
    json_ = &EmptyObject();
  }
}

JsonReader::JsonReader(const Json& json, std::string file, std::string path,
                       std::shared_ptr<std::optional<Error>> fault)
    : json_(&json), file_(std::move(file)), path_(std::move(path)), fault_(std::move(fault)) {}

Status JsonReader::status() const {
  return fault_->has_value() ? Status(**fault_) : Status();
}

void JsonReader::Fault(const std::string& key, const std::string& expected) {
  if (fault_->has_value()) return;
  const auto it = json_->find(key);
  const std::string found = it == json_->end() ? "it is missing" : "found " + Shown(*it);
  *fault_ = BadInput(file_ + ": field `" + PathOf(key) + "`: expected " + expected + ", " + found);
}

bool JsonReader::Has(const std::string& key) const {
  const auto it = json_->find(key);
  return it != json_->end() && !it->is_null();
}

const Json* JsonReader::Find(const std::string& key, const char* expected) {
  if (fault_->has_value()) return nullptr;
  const auto it = json_->find(key);
  if (it != json_->end()) return &*it;
  Fault(key, expected);
  return nullptr;
}

std::string JsonReader::String(const std::string& key) {
  const Json* value = Find(key, "a string");
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  Fault(key, "a string");
  return {};
}

std::string JsonReader::Name(const std::string& key) {
  std::string name = String(key);
  if (!IsPlainName(name)) Fault(key, kPlainName);
  return name;
}

std::vector<std::string> JsonReader::Names(const std::string& key) {
  std::vector<std::string> names = Strings(key);
  if (!std::all_of(names.begin(), names.end(), IsPlainName))
    Fault(key, std::string("a list, each of it ") + kPlainName);
  return names;
}

std::string JsonReader::StringOr(const std::string& key, const std::string& fallback) {
  return Has(key) ? String(key) : fallback;
}

std::string JsonReader::Choice(const std::string& key, const std::vector<std::string>& choices) {
  std::string expected = "one of";
  for (const std::string& choice : choices) expected += " \"" + choice + "\"";
  const Json* value = Find(key, expected.c_str());
  if (value == nullptr) return {};
  if (value->is_string() && std::count(choices.begin(), choices.end(), value->get<std::string>()) > 0) {
    return value->get<std::string>();
  }
  Fault(key, expected);
  return {};
}

bool JsonReader::Boolean(const std::string& key) {
  const Json* value = Find(key, "true or false");
  if (value == nullptr) return false;
  if (!value->is_boolean()) Fault(key, "true or false");
  return value->is_boolean() && value->get<bool>();
}

double JsonReader::Number(const std::string& key, double least, double most) {
  const Json* value = Find(key, "a number");
  if (value == nullptr) return 0;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (number >= least && number <= most) return number;  // false for NaN
  Fault(key, least > -std::numeric_limits<double>::max() ? "a number of at least " + Json(least).dump() : "a number");
  return 0;
}

std::int64_t JsonReader::Integer(const std::string& key, std::int64_t least, std::int64_t most) {
  const std::string expected = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
  const Json* value = Find(key, expected.c_str());
  if (value == nullptr) return 0;
  const bool fits = value->is_number_unsigned() ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                                                : value->is_number_integer();
  if (fits && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most) {
    return value->get<std::int64_t>();
  }
  Fault(key, expected);
  return 0;
}

std::vector<double> JsonReader::Numbers(const std::string& key) {
  const Json* value = Find(key, "a list of numbers");
  if (value == nullptr) return {};
  const bool good = value->is_array() && std::all_of(value->begin(), value->end(), [](const Json& item) {
                      return item.is_number() && std::isfinite(item.get<double>());
                    });
  if (good) return value->get<std::vector<double>>();
  Fault(key, "a list of numbers");
  return {};
}

std::vector<std::string> JsonReader::Strings(const std::string& key) {
  const Json* value = Find(key, "a list of strings");
  if (value == nullptr) return {};
  const bool good =
      value->is_array() && std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_string(); });
  if (good) return value->get<std::vector<std::string>>();
  Fault(key, "a list of strings");
  return {};
}

JsonReader JsonReader::Object(const std::string& key) {
  const Json* value = Find(key, "an object");
  if (value != nullptr && !value->is_object()) {
    Fault(key, "an object");
    value = nullptr;
  }
  return {value == nullptr ? EmptyObject() : *value, file_, PathOf(key), fault_};
}

std::vector<JsonReader> JsonReader::Objects(const std::string& key) {
  const Json* value = Find(key, "a list of objects");
  if (value == nullptr) return {};
  const bool good =
      value->is_array() && std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_object(); });
  std::vector<JsonReader> readers;
  if (!good) {
    Fault(key, "a list of objects");
    return readers;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    readers.push_back({(*value)[i], file_, PathOf(key) + "[" + std::to_string(i) + "]", fault_});
  }
  return readers;
}

void JsonReader::Schema(const std::string& expected) {
  if (String("schema") != expected) Fault("schema", "\"" + expected + "\" (another version of amsel may read it)");
}

}  // namespace amsel
