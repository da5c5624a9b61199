#include "profile/subjects.h"

#include <algorithm>
#include <set>

#include "base/device.h"
#include "base/status_macros.h"
#include "features/dnn_features.h"
#include "profile/open_dnns.h"
#include "profile/resume.h"

namespace amsel {
namespace {

/// The id of the candidate that is `wanted`; put on record where it is not.
Result<std::int64_t> IdOnRecord(const StoredCandidate& wanted, const std::vector<StoredCandidate>& known,
                                ProfileStore& store) {
  const auto same = std::find_if(known.begin(), known.end(), [&](const StoredCandidate& candidate) {
    return candidate.name == wanted.name && candidate.view == wanted.view && candidate.card == wanted.card &&
           candidate.file_sha256 == wanted.file_sha256;
  });
  return same == known.end() ? store.PutCandidate(wanted) : Result<std::int64_t>(same->id);
}

Result<ProfiledCandidate> OpenCandidate(const OpenedDnn& dnn, const ZooEntry& entry, const View& view, int classes,
                                        const Placement& at, const std::vector<StoredCandidate>& known,
                                        ProfileStore& store) {
  const StoredCandidate wanted{0, entry.card.name, ViewText(view), CardToJson(dnn.card).dump(), dnn.sha256};
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t id, IdOnRecord(wanted, known, store));
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Over(dnn.session, entry.model_file, dnn.card, classes));
  AMSEL_ASSIGN_OR_RETURN(const Preprocess preprocess, InView(dnn.card.preprocess, view));
  AMSEL_ASSIGN_OR_RETURN(
      const std::int64_t config,
      store.PutConfig({IdentityText(IdentityOf(*at.backend, at.options)), at.backend->version(), at.options.threads,
                       GraphOptimizationName(at.options.graph), DeviceName(), runner.int8()}));
  AMSEL_RETURN_IF_ERROR(store.PutLoad(id, config, dnn.load, dnn.resident_bytes));
  return ProfiledCandidate{.runner = std::move(runner),
                           .preprocessor = Preprocessor(preprocess),
                           .tensor = std::vector<std::byte>(TensorBytes(preprocess)),
                           .log_probs = std::vector<float>(static_cast<std::size_t>(classes)),
                           .view = view,
                           .on_cpu = RunsOnCpu(*at.backend, at.options),
                           .id = id,
                           .config = config};
}

}  // namespace

bool ExtractedFeatures::Missing(const StoredProgress& done, std::int64_t input) const {
  const auto it = done.features.find(input);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return it == done.features.end() || !it->second.contains(name); });
}

Status ExtractedFeatures::Record(const LoadedImage& loaded, const Clock& clock, ProfileStore& store) {
  std::vector<float> values(names.size());
  FeatureTimes times;
  extractor.Extract(loaded.image, values, &times, &clock);
  for (std::size_t i = 0; i < values.size(); ++i) {
    AMSEL_RETURN_IF_ERROR(store.PutFeature(loaded.id, names[i], values[i], times.features[i]));
  }
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {
    AMSEL_RETURN_IF_ERROR(
        store.PutFeature(loaded.id, FeatureStageName(static_cast<FeatureStage>(stage)), {}, times.stages[stage]));
  }
  return {};
}

bool ProfileSubjects::Missing(const StoredProgress& done, std::int64_t input) const {
  if (done.failures.contains(input)) return false;
  if (!done.inputs.contains(input) || features.Missing(done, input)) return true;
  if (feature_dnn && FeatureDnnTurn::Misses(done, input)) return true;
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const ProfiledCandidate& candidate) { return !done.runs.contains({input, candidate.id}); });
}

Result<std::vector<ProfiledCandidate>> OpenCandidates(const Zoo& zoo, const Placement& rest,
                                                      const ProfileOptions& options,
                                                      std::optional<std::vector<OpenedDnn>> opened, const Clock& clock,
                                                      ProfileStore& store) {
  AMSEL_ASSIGN_OR_RETURN(std::vector<StoredCandidate> known, store.Candidates());
  AMSEL_RETURN_IF_ERROR(DropRefused(store, zoo, known));
  if (!opened) {
    AMSEL_ASSIGN_OR_RETURN(opened, OpenDnns(zoo, rest, known, options, clock));
  }
  const std::vector<OpenedDnn>& dnns = *opened;
  std::vector<View> views;  // all that there are, identity first
  for (const OpenedDnn& dnn : dnns) {
    for (const View& view : dnn.views) {
      if (std::find(views.begin(), views.end(), view) == views.end()) views.push_back(view);
    }
  }
  std::vector<ProfiledCandidate> candidates;
  for (const View& view : views) {
    for (std::size_t d = 0; d < dnns.size(); ++d) {
      if (std::find(dnns[d].views.begin(), dnns[d].views.end(), view) == dnns[d].views.end()) continue;
      const Placement at = PlacementIn(options.elsewhere, zoo.entries[d].card.name, rest);
      AMSEL_ASSIGN_OR_RETURN(
          ProfiledCandidate candidate,
          OpenCandidate(dnns[d], zoo.entries[d], view, static_cast<int>(zoo.labels.size()), at, known, store));
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

Result<std::optional<FeatureDnnTurn>> SettleFeatureDnn(const std::string& file, const Placement& at,
                                                       ProfileStore& store) {
  std::optional<FeatureDnnTurn> feature_dnn;
  if (file.empty()) {
    AMSEL_RETURN_IF_ERROR(CheckNoFeatureDnn(store));
    return feature_dnn;
  }
  AMSEL_ASSIGN_OR_RETURN(feature_dnn, FeatureDnnTurn::Open(file, at));
  AMSEL_RETURN_IF_ERROR(feature_dnn->Settle(at, store));
  return feature_dnn;
}

Result<ExtractedFeatures> SettleFeatures(const std::vector<std::string>& wanted, const StoredProgress& done) {
  std::set<std::string> recorded;
  for (const auto& [id, names] : done.features) recorded.insert(names.begin(), names.end());
  for (const std::string& name : wanted) recorded.erase(name);
  std::vector<std::string> names = wanted;
  const std::vector<std::string> extracted = DnnFeaturesIn({recorded.begin(), recorded.end()}, /*wanted=*/false);
  names.insert(names.end(), extracted.begin(), extracted.end());
  AMSEL_ASSIGN_OR_RETURN(FeatureExtractor extractor, FeatureExtractor::Create(names));
  return ExtractedFeatures{std::move(names), std::move(extractor)};
}

}  // namespace amsel
