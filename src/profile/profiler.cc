#include "profile/profiler.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/status_macros.h"
#include "profile/after_runs.h"
#include "profile/conformance.h"
#include "profile/decode_rule.h"
#include "profile/energy.h"
#include "profile/open_dnns.h"
#include "profile/recorded_duplicates.h"
#include "profile/resume.h"
#include "profile/run_blocks.h"
#include "profile/subjects.h"

namespace amsel {
namespace {

using WithoutEnergy = std::vector<std::pair<std::string, std::string>>;  // name of the candidate and reason

/// On images from all over the list, as many as a block has at most.
Result<WithoutEnergy> MeasureCosts(std::vector<ProfiledCandidate>& candidates, ListedImages& images,
                                   ProfileOptions options, const Clock& clock, ProfileStore& store) {
  const bool energy = options.energy.meter || options.energy.model;
  AMSEL_ASSIGN_OR_RETURN(const std::size_t count, store.RowCount("input"));
  AMSEL_ASSIGN_OR_RETURN(const bool misses, MissesAfterRuns(store, candidates, AfterRunsFor(count)));
  WithoutEnergy without;
  if (!misses && !energy) return without;
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::int64_t> usable, AnsweredByAll(store));
  const std::size_t wanted = std::min(usable.size(), static_cast<std::size_t>(options.block_size));
  std::vector<std::string> references;
  for (std::size_t i = 0; i < wanted; ++i) {
    references.push_back(images.At(usable[i * usable.size() / wanted]).reference);
  }
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Image> decoded, DecodeTogether(images.reader, references, images.decode));
  if (misses && !decoded.empty()) {
    AMSEL_RETURN_IF_ERROR(RecordAfterRuns(store, candidates, decoded, AfterRunsFor(count), clock));
  }
  if (energy && !decoded.empty()) return RecordEnergy(store, candidates, decoded, options.energy, clock);
  if (energy) {
    for (const ProfiledCandidate& one : candidates) without.emplace_back(one.name(), "no image was answered by all");
  }
  return without;
}

/// What the profile holds now, which is an error where nobody could use it.
Result<ProfileSummary> Summarize(const std::vector<ProfiledCandidate>& candidates, const ListedImages& images,
                                 const std::string& images_source, ProfileStore& store) {
  ProfileSummary summary;
  AMSEL_ASSIGN_OR_RETURN(summary.images, store.RowCount("input"));
  for (const ProfiledCandidate& candidate : candidates) {
    if (!candidate.view.is_identity()) continue;
    const auto other = KindAgainst(candidate.runner.card().output_kind, candidate.facts);
    if (other) summary.other_kinds.emplace_back(candidate.runner.card().name, other->why);
  }
  AMSEL_ASSIGN_OR_RETURN(const auto failures, store.Failures());
  for (const auto& [id, reason] : failures) summary.skipped.emplace_back(images.At(id).key, reason);
  if (summary.images == 0) {
    const std::string why = summary.skipped.empty() ? "" : ": " + summary.skipped.front().second;
    return BadInput(images_source + ": no image could be used" + why);
  }
  AMSEL_RETURN_IF_ERROR(RecordNearDuplicates(store));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failed, store.RunFailures());
  std::map<std::int64_t, std::string> names;
  for (const ProfiledCandidate& candidate : candidates) names[candidate.id] = candidate.name();
  for (const StoredRunFailure& failure : failed) {
    summary.failed_runs.push_back({names[failure.candidate], images.At(failure.input).key, failure.reason});
  }
  AMSEL_RETURN_IF_ERROR(RefuseHopeless(summary));
  return summary;
}

std::vector<Preprocess> InputsOf(const ProfileSubjects& subjects) {
  std::vector<Preprocess> inputs;
  for (const ProfiledCandidate& candidate : subjects.candidates) inputs.push_back(candidate.preprocessor.spec());
  if (subjects.feature_dnn) inputs.push_back(subjects.feature_dnn->runner().card().preprocess);
  return inputs;
}

/// Opens all that is to run and settles with what is on record; then runs it. `opened`: see OpenCandidates.
Result<ProfileSummary> ProfileInto(ProfileStore store, const Zoo& zoo, const std::vector<LabelledImage>& listed,
                                   const Placement& rest, std::optional<std::vector<OpenedDnn>> opened,
                                   const Clock& clock, const ProfileOptions& options) {
  AMSEL_RETURN_IF_ERROR(store.Begin());
  AMSEL_RETURN_IF_ERROR(DescribeRun(store, zoo, options));
  if (opened) {  // so that it can be continued from here on; one that is there stays as it is until all can be opened
    AMSEL_RETURN_IF_ERROR(store.Commit());
    AMSEL_RETURN_IF_ERROR(store.Begin());
  }
  AMSEL_ASSIGN_OR_RETURN(auto candidates, OpenCandidates(zoo, rest, options, std::move(opened), clock, store));
  AMSEL_ASSIGN_OR_RETURN(auto feature_dnn, SettleFeatureDnn(options.feature_dnn, rest, store));
  if (options.retry_failed) AMSEL_RETURN_IF_ERROR(store.ForgetFailures());
  AMSEL_ASSIGN_OR_RETURN(const StoredProgress done, store.Progress());
  AMSEL_ASSIGN_OR_RETURN(ExtractedFeatures features, SettleFeatures(options.features, done));
  ProfileSubjects subjects{std::move(candidates), std::move(feature_dnn), std::move(features)};
  DecodeOptions decode = options.decode;
  AMSEL_ASSIGN_OR_RETURN(decode.min_side, SettleDecodeMinSide(store, !done.inputs.empty(), options.decode_min_side,
                                                              DecodeMinSide(InputsOf(subjects))));
  ListedImages images{listed, decode};
  AMSEL_RETURN_IF_ERROR(RecordConformance(listed, images.reader, images.decoder, subjects.candidates,
                                          subjects.feature_dnn ? &*subjects.feature_dnn : nullptr, store));
  AMSEL_RETURN_IF_ERROR(store.Commit());
  AMSEL_ASSIGN_OR_RETURN(const std::size_t profiled, RunBlocks(subjects, images, done, options, clock, store));
  AMSEL_ASSIGN_OR_RETURN(WithoutEnergy without, MeasureCosts(subjects.candidates, images, options, clock, store));
  AMSEL_ASSIGN_OR_RETURN(ProfileSummary summary, Summarize(subjects.candidates, images, options.images_source, store));
  summary.profiled = profiled;
  summary.without_energy = std::move(without);
  AMSEL_RETURN_IF_ERROR(store.Complete());
  return summary;
}

}  // namespace

Result<ProfileSummary> RunProfile(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend,
                                  const Clock& clock, const std::string& file, const ProfileOptions& options) {
  bool exists = std::filesystem::exists(file);
  if (exists && !options.resume) return UsageError(file + ": exists; give --resume to continue it");
  if (exists && RemoveIfUnfinished(file)) exists = false;
  std::optional<std::vector<OpenedDnn>> opened;
  if (!exists) {  // candidates are tried before the file is made, so that a wrong card leaves nothing behind
    AMSEL_ASSIGN_OR_RETURN(opened, OpenDnns(zoo, {&backend, options.session}, {}, options, clock));
    if (!options.feature_dnn.empty()) {
      AMSEL_RETURN_IF_ERROR(FeatureDnnTurn::Open(options.feature_dnn, {&backend, options.session}));
    }
  }
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store,
                         exists ? ProfileStore::Open(file, /*writable=*/true) : ProfileStore::Create(file));
  if (exists) AMSEL_RETURN_IF_ERROR(CheckSameImages(store, images));
  if (exists) AMSEL_RETURN_IF_ERROR(CheckSameShard(store, options));
  auto summary =
      ProfileInto(std::move(store), zoo, images, {&backend, options.session}, std::move(opened), clock, options);
  if (!summary.ok() && !exists) RemoveIfEmpty(file);  // one that was there may be another run's
  return summary;
}

}  // namespace amsel
