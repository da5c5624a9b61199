#include "profile/open_dnns.h"

#include <algorithm>
#include <filesystem>

#include "base/status_macros.h"

namespace amsel {
namespace {

Result<WantedViews> ViewsOf(const std::string& name, const std::vector<StoredCandidate>& known,
                            const ProfileOptions& options) {
  WantedViews wanted = options.views;
  for (const StoredCandidate& candidate : known) {
    const std::optional<View> view = ParseView(candidate.view);
    if (!view) return BadInput("unknown view `" + candidate.view + "` of " + candidate.name);
    if (candidate.name == name || !view->is_size()) wanted.views.push_back(*view);
  }
  return wanted;
}

bool IsRecorded(const std::string& name, const View& view, const std::vector<StoredCandidate>& known) {
  return std::any_of(known.begin(), known.end(), [&](const StoredCandidate& candidate) {
    return candidate.name == name && candidate.view == ViewText(view);
  });
}

/// Sizes that were to be found out need not be there.
bool IsRequired(const View& view, const WantedViews& wanted) {
  return wanted.required && std::find(wanted.views.begin(), wanted.views.end(), view) != wanted.views.end();
}

bool IsTaken(const View& view, const std::vector<OpenedDnn>& dnns) {
  return std::any_of(dnns.begin(), dnns.end(), [&](const OpenedDnn& dnn) {
    return std::find(dnn.views.begin(), dnn.views.end(), view) != dnn.views.end();
  });
}

/// Whichever DNN runs first brings the back end's own code and tables into memory, which are no part of it: the
/// smallest is run and closed before any is measured. Not on accelerators, where opening may take minutes.
void WarmUp(const Zoo& zoo, const Placement& rest, const ProfileOptions& options, const Clock& clock) {
  const auto bytes = [](const ZooEntry& entry) {
    std::error_code unknown;
    return std::filesystem::file_size(entry.model_file, unknown);
  };
  const auto smallest = std::min_element(zoo.entries.begin(), zoo.entries.end(),
                                         [&](const ZooEntry& a, const ZooEntry& b) { return bytes(a) < bytes(b); });
  if (smallest == zoo.entries.end()) return;
  const Placement at = PlacementIn(options.elsewhere, smallest->card.name, rest);
  if (!RunsOnCpu(*at.backend, at.options)) return;
  (void)OpenForViews(at, smallest->model_file, smallest->card, static_cast<int>(zoo.labels.size()), {}, clock);
}

}  // namespace

Result<std::vector<OpenedDnn>> OpenDnns(const Zoo& zoo, const Placement& rest,
                                        const std::vector<StoredCandidate>& known, const ProfileOptions& options,
                                        const Clock& clock) {
  WarmUp(zoo, rest, options, clock);
  std::vector<OpenedDnn> dnns;
  for (const ZooEntry& entry : zoo.entries) {
    AMSEL_ASSIGN_OR_RETURN(const WantedViews wanted, ViewsOf(entry.card.name, known, options));
    const Placement at = PlacementIn(options.elsewhere, entry.card.name, rest);
    AMSEL_ASSIGN_OR_RETURN(OpenedDnn dnn, OpenForViews(at, entry.model_file, entry.card,
                                                       static_cast<int>(zoo.labels.size()), wanted, clock));
    dnns.push_back(std::move(dnn));
  }
  for (std::size_t d = 0; d < dnns.size(); ++d) {
    const std::string& name = zoo.entries[d].card.name;
    for (const auto& [view, why] : dnns[d].refused) {
      const std::string what = NameInView(name, view) + ": " + why;
      if (IsRecorded(name, view, known)) return BadInput(what + "; it is in the profile and cannot be run now");
      if (IsRequired(view, options.views) && !IsTaken(view, dnns))
        return UsageError("no DNN can be seen as " + ViewText(view) + ": " + what);
      if (options.view_refused) options.view_refused(what);
    }
  }
  return dnns;
}

}  // namespace amsel
