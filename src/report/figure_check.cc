#include "report/figure_check.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace amsel {
namespace {

const std::vector<std::string>& Formats() {
  static const std::vector<std::string> formats = {"text", "number", "integer", "percent", "points", "ms", "ratio"};
  return formats;
}

bool IsNumberOrNull(const Json& value) {
  return value.is_number() || value.is_null();
}

bool IsPair(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
}

bool IsPairOrNull(const Json& value) {
  return value.is_null() || IsPair(value);
}

bool IsCell(const Json& value) {
  return IsNumberOrNull(value) || value.is_string();
}

/// Faults unless `key` is a list of which each element `holds`, of `size` elements.
void CheckList(JsonReader& reader, const std::string& key, bool (*holds)(const Json&), const std::string& expected,
               std::size_t size) {
  const auto it = reader.json().find(key);
  const bool good =
      it != reader.json().end() && it->is_array() && it->size() == size && std::all_of(it->begin(), it->end(), holds);
  if (!good) reader.Fault(key, "a list of " + std::to_string(size) + " " + expected);
}

std::size_t Length(const JsonReader& reader, const std::string& key) {
  const auto it = reader.json().find(key);
  return it != reader.json().end() && it->is_array() ? it->size() : 0;
}

void CheckFormat(JsonReader& reader) {
  if (reader.Has("format")) reader.Choice("format", Formats());
}

void CheckAxis(JsonReader& data, const std::string& key, const std::vector<std::string>& scales) {
  JsonReader axis = data.Object(key);
  axis.String("label");
  CheckFormat(axis);
  if (axis.Has("scale")) axis.Choice("scale", scales);
  for (const char* end : {"from", "to"}) {
    if (axis.Has(end)) axis.Number(end);
  }
}

void CheckScatter(JsonReader& data) {
  CheckAxis(data, "x", {"linear", "log"});
  CheckAxis(data, "y", {"linear", "log"});
  for (JsonReader& point : data.Objects("points")) {
    point.String("label");
    point.StringOr("group", "");
    point.StringOr("note", "");
    point.Number("x");
    point.Number("y");
    for (const char* key : {"x_ci95", "y_ci95"}) {
      if (point.Has(key) && !IsPair(point.json().at(key))) point.Fault(key, "two numbers, [low, high]");
    }
    if (point.Has("emphasis") && !point.json().at("emphasis").is_boolean()) point.Fault("emphasis", "true or false");
  }
  if (data.Has("front")) CheckList(data, "front", IsPair, "pairs of numbers", Length(data, "front"));
  if (data.Has("rules")) {
    for (JsonReader& rule : data.Objects("rules")) {
      rule.Choice("axis", {"x", "y"});
      rule.Number("value");
      rule.String("label");
    }
  }
  if (!data.Has("focus")) return;
  JsonReader focus = data.Object("focus");
  for (const char* key : {"x", "y"}) {
    if (!focus.json().contains(key) || !IsPair(focus.json().at(key))) focus.Fault(key, "two numbers, [low, high]");
  }
}

void CheckBars(JsonReader& data) {
  CheckAxis(data, "value", {"linear", "log"});
  const std::size_t categories = data.Strings("categories").size();
  for (JsonReader& series : data.Objects("series")) {
    series.String("name");
    CheckList(series, "values", IsNumberOrNull, "numbers or null, one a category", categories);
    if (series.Has("ci95")) CheckList(series, "ci95", IsPairOrNull, "pairs or null, one a category", categories);
  }
}

void CheckLines(JsonReader& data) {
  CheckAxis(data, "x", {"linear", "log"});
  CheckAxis(data, "y", {"linear", "log"});
  for (JsonReader& series : data.Objects("series")) {
    series.String("name");
    const std::size_t points = Length(series, "points");
    CheckList(series, "points", IsPair, "pairs of numbers, [x, y]", points);
    if (series.Has("band95")) CheckList(series, "band95", IsPairOrNull, "pairs or null, one a point", points);
  }
}

void CheckHeatmap(JsonReader& data) {
  CheckAxis(data, "value", {"sequential", "diverging"});
  CheckAxis(data, "x", {});
  CheckAxis(data, "y", {});
  const std::size_t columns = data.Strings("columns").size();
  const std::size_t rows = data.Strings("rows").size();
  CheckList(
      data, "values",
      [](const Json& row) { return row.is_array() && std::all_of(row.begin(), row.end(), IsNumberOrNull); },
      "rows of numbers or null", rows);
  if (!data.status().ok()) return;
  const Json& values = data.json().at("values");
  const bool even = std::all_of(values.begin(), values.end(), [&](const Json& row) { return row.size() == columns; });
  if (!even) data.Fault("values", "rows with a number or null for each of " + std::to_string(columns) + " columns");
}

void CheckReliability(JsonReader& data) {
  for (JsonReader& series : data.Objects("series")) {
    series.String("name");
    if (series.Has("ece")) series.Number("ece", 0, 1);
    for (JsonReader& bin : series.Objects("bins")) {
      bin.Number("confidence", 0, 1);
      bin.Number("accuracy", 0, 1);
      bin.Number("count", 0);
      if (bin.Has("accuracy_ci95") && !IsPair(bin.json().at("accuracy_ci95"))) {
        bin.Fault("accuracy_ci95", "two numbers, [low, high]");
      }
    }
  }
}

/// Nothing but base64 of a picture: a page must not fetch, and SVG may hold scripts.
bool IsPictureUri(std::string_view uri) {
  static constexpr std::array<std::string_view, 4> kStarts = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                                              "data:image/webp;base64,", "data:image/gif;base64,"};
  for (const std::string_view start : kStarts) {
    if (!uri.starts_with(start)) continue;
    const std::string_view body = uri.substr(start.size());
    return body.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
           std::string_view::npos;
  }
  return false;
}

void CheckPictures(JsonReader& data) {
  for (JsonReader& picture : data.Objects("pictures")) {
    if (!IsPictureUri(picture.String("src"))) {
      picture.Fault("src", "\"data:image/TYPE;base64,…\", TYPE one of png, jpeg, webp and gif");
    }
    picture.String("alt");
    picture.StringOr("caption", "");
  }
}

void CheckTable(JsonReader& data) {
  std::vector<JsonReader> columns = data.Objects("columns");
  for (JsonReader& column : columns) {
    column.String("name");
    CheckFormat(column);
  }
  const std::size_t rows = Length(data, "rows");
  CheckList(
      data, "rows", [](const Json& row) { return row.is_array() && std::all_of(row.begin(), row.end(), IsCell); },
      "rows of strings, numbers or null", rows);
  if (!data.status().ok()) return;
  const Json& values = data.json().at("rows");
  const bool even =
      std::all_of(values.begin(), values.end(), [&](const Json& row) { return row.size() == columns.size(); });
  if (!even) data.Fault("rows", "rows with a cell for each of " + std::to_string(columns.size()) + " columns");
}

struct Kind {
  const char* name;
  void (*check)(JsonReader& data);
};

constexpr std::array kKinds = {Kind{"scatter", CheckScatter},
                               Kind{"bars", CheckBars},
                               Kind{"stacked-bars", CheckBars},
                               Kind{"dots", CheckBars},
                               Kind{"lines", CheckLines},
                               Kind{"heatmap", CheckHeatmap},
                               Kind{"reliability", CheckReliability},
                               Kind{"pictures", CheckPictures},
                               Kind{"table", CheckTable}};

}  // namespace

void CheckId(JsonReader& object) {
  constexpr std::size_t kLongest = 64;
  const std::string id = object.String("id");
  const bool good = !id.empty() && id.size() <= kLongest &&
                    id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!good) object.Fault("id", "1 to 64 of a-z, 0-9 and -");
}

void CheckFigure(JsonReader& figure) {
  CheckId(figure);
  figure.String("title");
  figure.StringOr("caption", "");
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  const std::string chosen = figure.Choice("kind", names);
  JsonReader data = figure.Object("data");
  for (const Kind& kind : kKinds) {
    if (chosen == kind.name) kind.check(data);
  }
}

}  // namespace amsel
