#include <algorithm>
#include <memory>

#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/load_table.h"
#include "cli/verb.h"
#include "doctor/doctor.h"
#include "learn/cross_validate.h"
#include "report/doctor_text.h"

namespace amsel {
namespace {

struct Options {
  std::string profile;
  std::string csv;
  TableOptions table;
  DoctorOptions doctor;
  std::size_t most_images = 10'000;
  bool require_go = false;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

Result<int> Report(const Outcomes& table, std::vector<std::size_t> rows, Options& options) {
  const SteadyClock clock;
  Diagnosis diagnosis;
  {
    std::unique_ptr<Progress> bar;
    options.doctor.progress = ReportOn(bar, "doctor", clock);
    diagnosis = Diagnose(table, std::move(rows), options.doctor);
  }
  diagnosis.source = {{options.csv.empty() ? "profile" : "csv", table.source}, {"images", table.image_count()}};
  const Json json = DiagnosisToJson(diagnosis);
  Print(options.json ? PrettyText(json) : DoctorText(json, options.detail));
  const bool go = diagnosis.selection.verdict == Verdict::kGo || diagnosis.stopping.verdict == Verdict::kGo;
  return options.require_go && !go ? kExitCheckFailed : kExitOk;
}

/// Of the images that may be judged on, about `most` (0: all).
Result<std::vector<std::size_t>> RowsToLookAt(const Outcomes& table, const std::string& file, std::size_t most,
                                              std::uint64_t seed) {
  if (table.image_count() == 0) return BadInput(file + ": holds no image");
  std::vector<std::size_t> rows = JudgedRows(table);
  if (rows.empty()) {
    return BadInput(file + ": every image is of split fit, which is never judged on: expected others, too");
  }
  rows = ThinnedRows(table, std::move(rows), most, seed);
  if (std::all_of(rows.begin(), rows.end(), [&](std::size_t i) { return table.images[i].weight <= 0; })) {
    return BadInput(file + ": the images to look at are of weight 0 only, expected one of more");
  }
  return rows;
}

Result<int> Run(Options& options) {
  if (options.profile.empty() == options.csv.empty()) return UsageError("doctor needs either --profile or --csv");
  const std::uint64_t seed = options.doctor.seed;
  if (!options.profile.empty()) {
    AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.profile, options.table));
    AMSEL_ASSIGN_OR_RETURN(auto rows, RowsToLookAt(table, options.profile, options.most_images, seed));
    return Report(table, std::move(rows), options);
  }
  AMSEL_ASSIGN_OR_RETURN(const Outcomes table, LoadOutcomesCsv(options.csv));
  AMSEL_ASSIGN_OR_RETURN(auto rows, RowsToLookAt(table, options.csv, 0, seed));
  return Report(table, std::move(rows), options);
}

}  // namespace

Verb AddDoctorVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("doctor", "Go or no-go: would adaptive selection help with these candidates?");
  auto options = std::make_shared<Options>();
  verb->add_option("--profile", options->profile, "Profile to look at")->type_name("FILE");
  AddCsvOption(*verb, options->csv);
  verb->add_option("--folds", options->doctor.folds, "Folds of the cross-validation")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  verb->add_option("--max-images", options->most_images, "Of a profile with more images, look at about so many; 0: all")
      ->capture_default_str();
  verb->add_option("--top", options->doctor.top,
                   "An answer is right when the label is among its first 1 or 5 classes (profile)")
      ->check(CLI::IsMember({1, 5}))
      ->capture_default_str();
  verb->add_option("--seed", options->doctor.seed, "Seed of folds and resampling")->capture_default_str();
  AddNearDuplicatesOption(*verb, options->table);
  verb->add_flag("--require-go", options->require_go, "Exit 1 unless selection or stopping is a go");
  AddWideOption(*verb, options->detail, "all intervals, and gains over mixes of singles");
  verb->add_flag("--json", options->json, "Print the findings as JSON (amsel.doctor/1)");
  verb->footer(
      "Two questions, each answered go, unclear (more images would tell), no-go, or unknown where the table\n"
      "lacks what it takes: would choosing a candidate from image features before any has run help, and would\n"
      "running cheap candidates first and stopping once they are sure? An answer is go when, on images not\n"
      "learned from, a policy beats both its null (the same shares, blindly) and the best random mix of single\n"
      "candidates of its mean time, by more than chance, and either is more accurate than the single best, by\n"
      "more than chance, in no more time, or is at least 1.1 times as fast and at most one standard error less\n"
      "accurate; and the best view or int8 twin alone is not as accurate in as little time.\n"
      "Examples: amsel doctor --profile profile.db\n"
      "          amsel doctor --csv outcomes.csv --json");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
