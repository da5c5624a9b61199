// A report: what results.json says, as sections of figures and tables, and as a page.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"
#include "base/json.h"

namespace amsel {

/// All that the page shows: {"title", "facts": [{"name", "value"}], "headline", "sections": [{"id", "title", "text",
/// "figures": [{"id", "title", "kind", "caption", "data", "table"}]}]}. The standard figures stand first, then the
/// sections of `study`, then `figures`. Faults of `results` name `file` and the field.
Result<Json> MakeReport(const Json& results, const std::string& file);

/// One HTML file that needs nothing else: style, scripts and data inside, and a policy that forbids it to fetch
/// anything. No text of `report` is ever read as markup. `plain` is what those see whose browser runs no scripts.
std::string ReportPage(const Json& report, const std::string& plain);

/// Where WriteReportTables writes: `folder`/<figure id>.csv.
std::vector<std::string> ReportTableFiles(const Json& report, const std::string& folder);

/// Writes the tables of all figures; the folder is made. Returns how many.
Result<int> WriteReportTables(const Json& report, const std::string& folder);

}  // namespace amsel
