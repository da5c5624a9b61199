#include <fmt/core.h>

#include <memory>
#include <vector>

#include "base/file.h"
#include "base/status_macros.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "report/report.h"
#include "report/table.h"

namespace amsel {
namespace {

struct Options {
  std::string results;
  std::string out;
  std::string tables;
};

Result<int> Run(const Options& options) {
  if (options.out.empty() && options.tables.empty()) return UsageError("report needs --out FILE, --tables DIR or both");
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out}, {options.results}));
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.results));
  AMSEL_ASSIGN_OR_RETURN(const Json results, ParseJson(text, options.results));
  AMSEL_ASSIGN_OR_RETURN(const Json report, MakeReport(results, options.results));
  std::vector<std::string> outputs{options.out};
  if (!options.tables.empty()) {
    for (std::string& table : ReportTableFiles(report, options.tables)) outputs.push_back(std::move(table));
  }
  AMSEL_RETURN_IF_ERROR(KeepInputs(outputs, {options.results}));
  std::string done;
  if (!options.out.empty()) {
    const std::string page = ReportPage(report, EvaluationTable(results, TableDetail::kFull));
    AMSEL_RETURN_IF_ERROR(WriteFileAtomically(options.out, page));
    done += fmt::format("{}: {} sections, {} KiB\n", options.out, report.at("sections").size(), page.size() / 1024);
  }
  if (!options.tables.empty()) {
    AMSEL_ASSIGN_OR_RETURN(const int written, WriteReportTables(report, options.tables));
    done += fmt::format("{}: {} tables\n", options.tables, written);
  }
  return Print(done);
}

}  // namespace

Verb AddReportVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("report", "One page with figures, and tables, from results.json");
  auto options = std::make_shared<Options>();
  verb->add_option("RESULTS", options->results, "What `amsel evaluate --out` wrote")->required()->type_name("FILE");
  verb->add_option("--out", options->out, "The page: one HTML file that any browser opens, without a network")
      ->type_name("FILE");
  verb->add_option("--tables", options->tables,
                   "Write the table of each figure here, as CSV files named after the figures")
      ->type_name("DIR");
  verb->footer(
      "The page shows the accuracy-latency plane with the Pareto front, the tail of the latency, which candidates\n"
      "ran, the headline with its intervals, and every row. Figures are saved from it as SVG, tables as CSV.\n"
      "Only RESULTS is read: no profile, bundle or image needs to be there.\n"
      "Examples: amsel evaluate --bundle bundle --images unseen.csv --out results.json\n"
      "          amsel report results.json --out report.html\n"
      "          amsel report results.json --tables tables");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
