#include "cli/auto_views.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "doctor/try_views.h"
#include "profile/table.h"

namespace amsel {
namespace {

constexpr std::size_t kMostSampled = 1000;
constexpr std::size_t kFewestSampled = 100;
constexpr std::size_t kOneIn = 5;  // images, at most, are taken from what points are chosen and certified by
constexpr std::uint64_t kTrialSeed = 1;

/// One view of each kind; of sizes any.
const std::vector<View>& Kinds() {
  static const std::vector<View> kinds{
      {View::Kind::kHflip}, {View::Kind::kDenoise}, {View::Kind::kSize}, {View::Kind::kCrop, 1}};
  return kinds;
}

/// As the command line has it.
std::string KindName(const View& kind) {
  return kind.is_size() ? kAutoSizes : ViewText(kind);
}

void AskFor(const View& kind, WantedViews& wanted) {
  if (kind.is_size()) {
    wanted.auto_sizes = true;
  } else {
    wanted.views.push_back(kind);
  }
}

/// Positions of `count` images from all over those that may be learned from.
std::vector<std::size_t> Sample(const std::vector<LabelledImage>& images, std::size_t count) {
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].split.empty() || images[i].split == "fit") free.push_back(i);
  }
  count = std::min(count, free.size());
  std::vector<std::size_t> taken;
  for (std::size_t n = 0; n < count; ++n) taken.push_back(free[n * free.size() / count]);
  return taken;
}

std::size_t SampleSize(const std::vector<LabelledImage>& images) {
  return std::min(kMostSampled, Sample(images, images.size()).size() / kOneIn);
}

ProfileOptions TrialOptions(const ProfileOptions& profile, std::unique_ptr<Progress>& bar, const Clock& clock) {
  ProfileOptions trial = profile;
  trial.views.required = false;
  for (const View& kind : Kinds()) AskFor(kind, trial.views);
  trial.features.clear();
  trial.feature_dnn.clear();
  trial.energy = {};
  trial.resume = trial.retry_failed = trial.strict = false;
  trial.run_failed = nullptr;
  trial.view_refused = nullptr;
  trial.progress = ReportOn(bar, "try views", clock);
  return trial;
}

/// What candidates each kind adds; kinds that no DNN can be seen in are left out.
std::vector<ViewKind> KindsIn(const ProfileTable& table) {
  std::vector<ViewKind> kinds;
  for (const View& kind : Kinds()) {
    ViewKind found{KindName(kind), {}};
    for (std::size_t c = 0; c < table.candidate_count(); ++c) {
      if (table.profiled[c].view.kind == kind.kind) found.candidates.push_back(c);
    }
    if (!found.candidates.empty()) kinds.push_back(std::move(found));
  }
  return kinds;
}

Json TriedToJson(std::size_t sample, const std::vector<TriedKind>& tried) {
  Json kinds = Json::array();
  for (const TriedKind& kind : tried) {
    kinds.push_back(
        {{"name", kind.name}, {"worth", kind.worth}, {"worth_error", kind.worth_error}, {"kept", kind.pays}});
  }
  return {{"sample", sample}, {"kinds", std::move(kinds)}};
}

void Tell(const TriedKind& kind) {
  Complain(fmt::format("view {}: worth {:+.1f} ± {:.1f} points of accuracy, less the price of its time: {}", kind.name,
                       100 * kind.worth, 100 * kind.worth_error, kind.pays ? "kept" : "left out"));
}

}  // namespace

Status TryViews(const Zoo& zoo, std::vector<LabelledImage>& images, Backend& backend, const Clock& clock,
                const std::string& out, ProfileOptions& profile) {
  const std::size_t count = SampleSize(images);
  if (count < kFewestSampled) {
    Complain(fmt::format("views: too few images to try them on ({} that may be learned from, {} are needed)",
                         Sample(images, images.size()).size(), kOneIn * kFewestSampled));
    return {};
  }
  std::vector<LabelledImage> sample;
  for (const std::size_t i : Sample(images, count)) sample.push_back(images[i]);
  AMSEL_ASSIGN_OR_RETURN(const StagedDirectory place, StagedDirectory::Create(out + ".views"));
  const std::string file = place.path() + "/sample.db";
  std::unique_ptr<Progress> bar;
  AMSEL_RETURN_IF_ERROR(RunProfile(zoo, sample, backend, clock, file, TrialOptions(profile, bar, clock)));
  bar.reset();
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, ProfileTable::Load(file));
  std::vector<std::size_t> plain;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.profiled[c].view.is_identity()) plain.push_back(c);
  }
  const std::vector<TriedKind> tried = TryKinds(table, plain, KindsIn(table), kTrialSeed);
  Complain(fmt::format("tried views on {} of {} images, which count as split=fit", sample.size(), images.size()));
  for (const TriedKind& kind : tried) {
    Tell(kind);
    if (!kind.pays) continue;
    AskFor(*std::find_if(Kinds().begin(), Kinds().end(), [&](const View& k) { return KindName(k) == kind.name; }),
           profile.views);
  }
  profile.views_tried = TriedToJson(count, tried).dump();
  return MarkSample(profile.views_tried, images);
}

Status MarkSample(const std::string& views_tried, std::vector<LabelledImage>& images) {
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(views_tried, "views_tried"));
  const Json count = json.is_object() && json.contains("sample") ? json["sample"] : Json();
  if (!count.is_number_unsigned()) return BadInput("views_tried: expected the size of its sample");
  for (const std::size_t i : Sample(images, count.get<std::size_t>())) images[i].split = "fit";
  return {};
}

}  // namespace amsel
