#include "cli/load_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "base/progress.h"

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
