#include "report/figure_table.h"

#include <algorithm>
#include <array>

namespace amsel {
namespace {

Json Column(const std::string& name, const std::string& format) {
  return {{"name", name}, {"format", format}};
}

bool Has(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && !it->is_null();
}

std::string TextOr(const Json& object, const char* key, const char* fallback) {
  return Has(object, key) ? object.at(key).get<std::string>() : fallback;
}

std::string FormatOf(const Json& axis) {
  return TextOr(axis, "format", "number");
}

Json AxisColumn(const Json& axis, const std::string& suffix = "") {
  return Column(axis.at("label").get<std::string>() + suffix, FormatOf(axis));
}

bool AnyHas(const Json& list, const char* key) {
  return std::any_of(list.begin(), list.end(), [&](const Json& item) { return Has(item, key); });
}

Json End(const Json& owner, const char* key, std::size_t end) {
  return Has(owner, key) ? owner.at(key)[end] : Json();
}

Json ScatterTable(const Json& data) {
  const Json& points = data.at("points");
  Json columns = Json::array({Column("", "text")});
  const bool grouped = AnyHas(points, "group");
  if (grouped) columns.push_back(Column("group", "text"));
  struct AxisKeys {
    const char* value;
    const char* interval;
    bool has_interval;  ///< of any point
  };
  const std::array axes{AxisKeys{"x", "x_ci95", AnyHas(points, "x_ci95")},
                        AxisKeys{"y", "y_ci95", AnyHas(points, "y_ci95")}};
  for (const AxisKeys& axis : axes) {
    columns.push_back(AxisColumn(data.at(axis.value)));
    if (!axis.has_interval) continue;
    columns.push_back(AxisColumn(data.at(axis.value), ", 95 % low"));
    columns.push_back(AxisColumn(data.at(axis.value), ", 95 % high"));
  }
  Json rows = Json::array();
  for (const Json& point : points) {
    Json row = Json::array({point.at("label")});
    if (grouped) row.push_back(TextOr(point, "group", ""));
    for (const AxisKeys& axis : axes) {
      row.push_back(point.at(axis.value));
      if (!axis.has_interval) continue;
      row.push_back(End(point, axis.interval, 0));
      row.push_back(End(point, axis.interval, 1));
    }
    rows.push_back(std::move(row));
  }
  return {{"columns", columns}, {"rows", rows}};
}

Json BarsTable(const Json& data) {
  const Json& categories = data.at("categories");
  const std::string format = FormatOf(data.at("value"));
  Json columns = Json::array({Column("", "text")});
  Json rows = Json::array();
  for (const Json& category : categories) rows.push_back(Json::array({category}));
  for (const Json& series : data.at("series")) {
    const std::string name = series.at("name");
    columns.push_back(Column(name, format));
    if (Has(series, "ci95")) {
      columns.push_back(Column(name + ", 95 % low", format));
      columns.push_back(Column(name + ", 95 % high", format));
    }
    for (std::size_t i = 0; i < categories.size(); ++i) {
      rows[i].push_back(series.at("values")[i]);
      if (!Has(series, "ci95")) continue;
      const Json& interval = series.at("ci95")[i];
      for (std::size_t end = 0; end < 2; ++end) rows[i].push_back(interval.is_null() ? Json() : interval[end]);
    }
  }
  return {{"columns", columns}, {"rows", rows}};
}

Json LinesTable(const Json& data) {
  const bool banded = AnyHas(data.at("series"), "band95");
  Json columns = Json::array({Column("", "text"), AxisColumn(data.at("x")), AxisColumn(data.at("y"))});
  if (banded) {
    columns.push_back(AxisColumn(data.at("y"), ", 95 % low"));
    columns.push_back(AxisColumn(data.at("y"), ", 95 % high"));
  }
  Json rows = Json::array();
  for (const Json& series : data.at("series")) {
    const Json& points = series.at("points");
    for (std::size_t i = 0; i < points.size(); ++i) {
      Json row = Json::array({series.at("name"), points[i][0], points[i][1]});
      const Json band = Has(series, "band95") ? series.at("band95")[i] : Json();
      for (std::size_t end = 0; banded && end < 2; ++end) row.push_back(band.is_null() ? Json() : band[end]);
      rows.push_back(std::move(row));
    }
  }
  return {{"columns", columns}, {"rows", rows}};
}

Json HeatmapTable(const Json& data) {
  const std::string corner =
      data.at("y").at("label").get<std::string>() + " \\ " + data.at("x").at("label").get<std::string>();
  Json columns = Json::array({Column(corner, "text")});
  for (const Json& name : data.at("columns")) columns.push_back(Column(name, FormatOf(data.at("value"))));
  Json rows = Json::array();
  for (std::size_t i = 0; i < data.at("rows").size(); ++i) {
    Json row = Json::array({data.at("rows")[i]});
    for (const Json& value : data.at("values")[i]) row.push_back(value);
    rows.push_back(std::move(row));
  }
  return {{"columns", columns}, {"rows", rows}};
}

Json ReliabilityTable(const Json& data) {
  Json columns =
      Json::array({Column("", "text"), Column("confidence", "percent"), Column("accuracy", "percent"),
                   Column("95 % low", "percent"), Column("95 % high", "percent"), Column("images", "integer")});
  Json rows = Json::array();
  for (const Json& series : data.at("series")) {
    for (const Json& bin : series.at("bins")) {
      rows.push_back(Json::array({series.at("name"), bin.at("confidence"), bin.at("accuracy"),
                                  End(bin, "accuracy_ci95", 0), End(bin, "accuracy_ci95", 1), bin.at("count")}));
    }
  }
  return {{"columns", columns}, {"rows", rows}};
}

Json PicturesTable(const Json& data) {
  Json rows = Json::array();
  for (const Json& picture : data.at("pictures")) {
    rows.push_back(Json::array({picture.at("alt"), TextOr(picture, "caption", "")}));
  }
  return {{"columns", {Column("picture", "text"), Column("caption", "text")}}, {"rows", rows}};
}

/// Spreadsheets compute what begins so, and not what an apostrophe stands before.
std::string AsText(const std::string& text) {
  const bool computed = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  return (computed ? "'" : "") + text;
}

std::string CsvCell(const Json& cell) {
  if (cell.is_null()) return "";
  if (!cell.is_string()) return cell.dump();
  std::string text = AsText(cell.get_ref<const std::string&>());
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (&cell == &cells.front() ? "" : ",") + cell;
  return line + "\r\n";
}

}  // namespace

Json FigureTable(const Json& figure) {
  const std::string kind = figure.at("kind");
  const Json& data = figure.at("data");
  if (kind == "scatter") return ScatterTable(data);
  if (kind == "bars" || kind == "stacked-bars" || kind == "dots") return BarsTable(data);
  if (kind == "lines") return LinesTable(data);
  if (kind == "heatmap") return HeatmapTable(data);
  if (kind == "reliability") return ReliabilityTable(data);
  if (kind == "pictures") return PicturesTable(data);
  Json columns = Json::array();
  for (const Json& column : data.at("columns"))
    columns.push_back(Column(column.at("name"), TextOr(column, "format", "text")));
  return {{"columns", columns}, {"rows", data.at("rows")}};
}

std::string TableToCsv(const Json& table) {
  std::vector<std::string> cells;
  for (const Json& column : table.at("columns")) cells.push_back(CsvCell(column.at("name")));
  std::string text = CsvLine(cells);
  for (const Json& row : table.at("rows")) {
    cells.clear();
    for (const Json& cell : row) cells.push_back(CsvCell(cell));
    text += CsvLine(cells);
  }
  return text;
}

}  // namespace amsel
