#include "cli/load_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "outcomes/outcomes_csv.h"

namespace amsel {
namespace {

void NoteJoined(const ProfileTable& table) {
  const JoinedImages& joined = table.joined;
  if (joined.images == 0) return;
  PrintNotices(
      {fmt::format("{} of {} images were joined to {} group{} as near duplicates; a column `group` of the list "
                   "of images has the last word",
                   joined.images, table.image_count(), joined.pictures, joined.pictures == 1 ? "" : "s")});
}

void NoteCalibrated(const ProfileTable& table) {
  const auto fit_only =
      std::count_if(table.images.begin(), table.images.end(), [](const OutcomeImage& image) { return image.fit_only; });
  if (fit_only == 0) return;
  PrintNotices(
      {fmt::format("{} of {} images are of split fit, and judge nothing, since candidates were calibrated on "
                   "them or on near duplicates of them",
                   fit_only, table.image_count())});
}

void NoteFailed(const ProfileTable& table) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    const std::size_t failed = table.FailedOf(c);
    if (failed == 0) continue;
    PrintNotices(
        {fmt::format("{} gave no answer for {} of {} image{}; there it counts as wrong", table.candidates[c].name,
                     failed, table.image_count(), table.image_count() == 1 ? "" : "s")});
  }
}

}  // namespace

void AddNearDuplicatesOption(CLI::App& verb, TableOptions& options) {
  verb.add_flag("!--keep-near-duplicates", options.join_near_duplicates,
                "Do not join images that look like one picture: let one be learned from and the other judged on");
}

void AddCsvOption(CLI::App& verb, std::string& csv) {
  verb.add_option("--csv", csv,
                  "A table of your own instead: a row an image with NAME:correct, NAME:ms and, if known, "
                  "NAME:confidence for each candidate; or a row an image and candidate with id, candidate, correct, "
                  "ms, confidence; group, weight and split may be given")
      ->type_name("FILE");
}

Result<Outcomes> LoadOutcomesCsv(const std::string& file) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMostBytes));
  return ParseOutcomesCsv(text, file);
}

void NoteLacking(const Outcomes& table, const std::string& also) {
  PrintNotices({table.source +
                (table.HasConfidences() ? ": has no log-probabilities and no image features, so no answers are pooled "
                                          "(that of the candidate that ran last counts) and there are no premodels"
                                        : ": has no confidences, log-probabilities or image features, so nothing tells "
                                          "one image from another, and the single best is all that can be learned") +
                also});
}

Result<ProfileTable> LoadTable(const std::string& file, TableOptions options) {
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  options.progress = ReportOn(bar, "reading", clock);
  const auto check = options.check;
  options.check = [&bar, &check](const ProfileTable& table) -> Status {
    if (bar) bar->Clear();
    NoteJoined(table);
    NoteCalibrated(table);
    return check ? check(table) : Status();
  };
  auto table = ProfileTable::Load(file, options);
  bar.reset();
  if (table.ok() && table->failed_count() > 0) NoteFailed(*table);
  if (table.ok()) WarnOfDisturbed(table->disturbed_share().value_or(0), table->NamesByCpuTime());
  return table;
}

}  // namespace amsel
