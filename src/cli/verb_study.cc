#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/learn_options.h"
#include "cli/load_table.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "report/report.h"
#include "report/table.h"
#include "study/study.h"

namespace amsel {
namespace {

struct Options {
  std::string profile;
  std::string out;
  std::string chains = "some";
  TableOptions table;
  StudyOptions study;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

Result<Json> Make(const ProfileTable& table, StudyOptions options) {
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  std::string shown;
  options.progress = [&](const std::string& part, std::size_t done, std::size_t total) {
    if (part != shown) {
      if (!bar) bar = std::make_unique<Progress>(part, total, clock);
      bar->Restart(part, total);
      shown = part;
    }
    bar->Update(done);
  };
  return Study(table, options, clock);
}

Status Write(const Json& results, const std::string& text, const std::string& folder, const std::string& profile) {
  AMSEL_ASSIGN_OR_RETURN(const Json report, MakeReport(results, folder + "/results.json"));
  AMSEL_RETURN_IF_ERROR(KeepInputs(ReportTableFiles(report, folder + "/tables"), {profile}));
  AMSEL_RETURN_IF_ERROR(WriteFileAtomically(folder + "/results.json", text));
  AMSEL_ASSIGN_OR_RETURN(const int tables, WriteReportTables(report, folder + "/tables"));
  const std::string page = ReportPage(report, EvaluationTable(results, TableDetail::kFull));
  AMSEL_RETURN_IF_ERROR(WriteFileAtomically(folder + "/report.html", page));
  Complain(fmt::format("{0}/report.html ({1} KiB), {0}/results.json, {0}/tables ({2} files)", folder,
                       page.size() / 1024, tables));
  return {};
}

Result<int> Run(Options& options) {
  options.study.all_chains = options.chains == "all";
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out + "/results.json", options.out + "/report.html"}, {options.profile}));
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.profile, options.table));
  std::error_code failure;
  std::filesystem::create_directories(options.out, failure);  // before minutes of work
  if (failure) return RuntimeFailure(options.out + ": cannot make this folder: " + failure.message());
  AMSEL_ASSIGN_OR_RETURN(const Json results, Make(table, options.study));
  const std::string text = PrettyText(results);
  AMSEL_RETURN_IF_ERROR(Write(results, text, options.out, options.profile));
  return Print(options.json ? text : EvaluationTable(results, options.detail));
}

}  // namespace

Verb AddStudyVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("study", "The paper's whole study of a profile, as one page with figures");
  auto options = std::make_shared<Options>();
  CrossValidateOptions& evaluate = options->study.evaluate;
  evaluate.policies.clear();
  verb->add_option("--profile", options->profile, "Profile to study; times are the recorded ones")
      ->required()
      ->type_name("FILE");
  verb->add_option("--out", options->out, "Folder for report.html, results.json and tables/*.csv")
      ->required()
      ->type_name("DIR");
  verb->add_option("--policy", evaluate.policies,
                   "Policies to compare; the first is the headline. By default staged, single, p-right, the chains and "
                   "a classifier of each kind. Of: " +
                       PolicyNamesInWords())
      ->delimiter(',')
      ->check(PolicyName());
  verb->add_option("--chains", options->chains,
                   "Without --policy: chains with gates of one kind (some), or of all 27 mixes of three gates (all)")
      ->check(CLI::IsMember({"some", "all"}))
      ->capture_default_str();
  verb->add_option("--folds", evaluate.folds, "Folds of the cross-validation of policies")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  verb->add_option("--curve-images", options->study.curve_images,
                   "Sensitivity curves are measured on about so many images; 0: all")
      ->capture_default_str();
  verb->add_option("--curve-folds", options->study.curve_folds, "Folds of each point of a sensitivity curve")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  verb->add_flag("!--no-adapted", evaluate.adapted, "Leave out the singles with heads of their own");
  verb->add_flag("!--no-pictures", options->study.pictures, "Put no pictures of the worst cases into the page");
  AddWideOption(*verb, options->detail, "top-5, F1, p50 and the candidates that ran");
  verb->add_flag("--json", options->json, "Print results.json");
  AddLearnOptions(*verb, evaluate.learn);
  AddNearDuplicatesOption(*verb, options->table);
  verb->footer(
      "Everything is judged on images not learned from, beside a null that decides blindly and a bound that knows the\n"
      "label: docs/study.md says how to read each figure. No DNN is run; the page needs no network.\n"
      "Examples: amsel study --profile profile.db --out study\n"
      "          amsel study --profile profile.db --out study --chains all --theta 0.01");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
