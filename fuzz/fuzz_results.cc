// results.json: what the check lets through can be shown, as a table and as a report with the tables of its figures.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "report/figure_table.h"
#include "report/report.h"
#include "report/table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = amsel::ParseJson(text, "results.json");
  if (!json.ok()) return 0;
  const auto report = amsel::MakeReport(*json, "results.json");
  if (!report.ok()) return 0;
  if (amsel::EvaluationTable(*json, amsel::TableDetail::kFull).empty() || report->dump().empty()) std::abort();
  for (const amsel::Json& section : report->at("sections")) {
    if (!section.contains("figures")) continue;
    for (const amsel::Json& figure : section.at("figures")) {
      if (amsel::TableToCsv(figure.at("table")).empty()) std::abort();
    }
  }
  return 0;
}
