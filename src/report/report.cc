#include "report/report.h"

#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/status_macros.h"
#include "report/figure_table.h"
#include "report/headline.h"
#include "report/results_check.h"
#include "report/rows.h"
#include "report/standard_figures.h"

namespace amsel {
namespace {

/// What a fact or a title shows of a value that may be anything.
std::string Shown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Title(const Json& results) {
  std::string what = FieldOrNull(results, "study").is_object() ? "Study" : "Evaluation";
  const Json source = FieldOrNull(results, "source");
  for (const auto& [key, word] :
       std::map<std::string, std::string>{{"bundle", "bundle"}, {"csv", "table"}, {"profile", "profile"}}) {
    if (!source.is_object() || !source.contains(key)) continue;
    const std::string name = Shown(source.at(key));
    if (name == key) return what + " of the " + key;
    return what + " of " + (name.ends_with("/" + key) ? "" : "the " + word + " ") + name;
  }
  return what;
}

Json Facts(const Json& results) {
  Json facts = Json::array();
  const auto add = [&](const std::string& name, const Json& value) {
    if (!value.is_null()) facts.push_back({{"name", name}, {"value", Shown(value)}});
  };
  add("images", results.at("images"));
  add("folds", FieldOrNull(results, "folds"));
  add("single best", results.at("single_best"));
  add("efficient single", FieldOrNull(results, "efficient_single"));
  const Json conditions = FieldOrNull(results, "conditions");
  for (const auto& [name, value] : conditions.items()) add(name, value);
  const Json source = FieldOrNull(results, "source");
  for (const auto& [name, value] : source.items()) add(name, value);
  add("schema", results.at("schema"));
  return facts;
}

}  // namespace

Result<Json> MakeReport(const Json& results, const std::string& file) {
  AMSEL_RETURN_IF_ERROR(CheckResults(results, file));
  Json sections = StandardSections(results);
  if (const Json study = FieldOrNull(results, "study"); study.is_object()) {
    for (const Json& section : study.at("sections")) sections.push_back(section);
  }
  if (const Json figures = FieldOrNull(results, "figures"); figures.is_array() && !figures.empty()) {
    sections.push_back({{"id", "more"}, {"title", "More figures"}, {"text", ""}, {"figures", figures}});
  }
  for (Json& section : sections) {
    if (!section.contains("figures")) continue;
    for (Json& figure : section.at("figures")) figure["table"] = FigureTable(figure);
  }
  return Json{{"title", Title(results)},
              {"facts", Facts(results)},
              {"headline", HeadlineInWords(results)},
              {"sections", sections}};
}

std::vector<std::string> ReportTableFiles(const Json& report, const std::string& folder) {
  std::vector<std::string> files;
  for (const Json& section : report.at("sections")) {
    const Json figures = FieldOrNull(section, "figures");
    for (const Json& figure : figures) files.push_back(folder + "/" + figure.at("id").get<std::string>() + ".csv");
  }
  return files;
}

Result<int> WriteReportTables(const Json& report, const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return RuntimeFailure(folder + ": cannot make this folder: " + failure.message());
  const std::vector<std::string> files = ReportTableFiles(report, folder);
  std::size_t written = 0;
  for (const Json& section : report.at("sections")) {
    const Json figures = FieldOrNull(section, "figures");
    for (const Json& figure : figures) {
      AMSEL_RETURN_IF_ERROR(WriteFileAtomically(files[written++], TableToCsv(figure.at("table"))));
    }
  }
  return static_cast<int>(written);
}

}  // namespace amsel
