#include "profile/profiler.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "backend/backends.h"
#include "base/device.h"
#include "base/resident_memory.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "features/dnn_features.h"
#include "features/features.h"
#include "image/image_reader.h"
#include "profile/after_runs.h"
#include "profile/block.h"
#include "profile/conformance.h"
#include "profile/decode_rule.h"
#include "profile/duplicates.h"
#include "profile/energy.h"
#include "profile/feature_dnn_turn.h"
#include "profile/open_dnns.h"
#include "profile/recorded_duplicates.h"
#include "profile/resume.h"
#include "profile/store.h"

namespace amsel {
namespace {

/// One run of the profiler over one file.
class ProfileRun {
 public:
  ProfileRun(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend, const Clock& clock,
             ProfileStore store, const ProfileOptions& options)
      : zoo_(zoo), images_(images), backend_(backend), clock_(clock), store_(std::move(store)), options_(options) {}

  /// `opened`: the DNNs, for a new file; one that is continued says itself which views it has of them.
  Result<ProfileSummary> Run(std::optional<std::vector<OpenedDnn>> opened);

 private:
  Status OpenCandidates(std::optional<std::vector<OpenedDnn>> opened);
  Status AddCandidate(const OpenedDnn& dnn, const ZooEntry& entry, const View& view,
                      const std::vector<StoredCandidate>& known);
  Status SettleDecoding();
  Status SettleFeatureDnn();
  Status SettleFeatures();
  Status RunAll();
  Status RunBlock(const std::vector<std::int64_t>& ids);
  Result<std::optional<LoadedImage>> LoadImage(std::int64_t id);
  Status ExtractFeatures(const LoadedImage& loaded);
  Status RunFeatureDnn(std::vector<LoadedImage>& loaded);
  Status RunCandidate(std::size_t c, const std::vector<LoadedImage>& loaded);
  Status Fail(std::int64_t id, const std::string& reason);
  Status FailRun(std::int64_t id, std::size_t c, const std::string& reason);
  Status MeasureCosts();
  Status MeasureEnergy(const std::vector<CostSubject>& subjects, const std::vector<Image>& images);
  bool Missing(std::int64_t id) const;
  std::string NameOf(std::size_t c) const { return NameInView(candidates_[c].runner.card().name, candidates_[c].view); }
  bool MissesFeature(std::int64_t id) const;
  Result<ProfileSummary> Summarize();

  const Zoo& zoo_;
  const std::vector<LabelledImage>& images_;
  Backend& backend_;
  const Clock& clock_;
  ProfileStore store_;
  ProfileOptions options_;
  std::vector<std::int64_t> candidate_ids_;
  std::vector<std::int64_t> config_ids_;  ///< per candidate
  std::vector<ProfiledCandidate> candidates_;
  StoredProgress done_;
  ImageReader reader_;
  ImageDecoder decoder_;
  std::optional<FeatureExtractor> extractor_;
  std::optional<FeatureDnnTurn> feature_dnn_;
  std::vector<std::string> changed_;  ///< keys of images whose bytes are not those on record
  std::size_t profiled_ = 0;
  std::vector<std::pair<std::string, std::string>> without_energy_;
};

Status ProfileRun::AddCandidate(const OpenedDnn& dnn, const ZooEntry& entry, const View& view,
                                const std::vector<StoredCandidate>& known) {
  const StoredCandidate wanted{0, entry.card.name, ViewText(view), CardToJson(dnn.card).dump(), dnn.sha256};
  const auto same = std::find_if(known.begin(), known.end(), [&](const StoredCandidate& candidate) {
    return candidate.name == wanted.name && candidate.view == wanted.view && candidate.card == wanted.card &&
           candidate.file_sha256 == wanted.file_sha256;
  });
  std::int64_t id = same == known.end() ? 0 : same->id;
  if (same == known.end()) {
    AMSEL_ASSIGN_OR_RETURN(id, store_.PutCandidate(wanted));
  }
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner, CandidateRunner::Over(dnn.session, entry.model_file, dnn.card,
                                                                       static_cast<int>(zoo_.labels.size())));
  AMSEL_ASSIGN_OR_RETURN(const Preprocess preprocess, InView(dnn.card.preprocess, view));
  candidates_.push_back({std::move(runner), Preprocessor(preprocess), std::vector<std::byte>(TensorBytes(preprocess)),
                         std::vector<float>(zoo_.labels.size()), view});
  const Placement at = PlacementIn(options_.elsewhere, entry.card.name, {&backend_, options_.session});
  candidates_.back().on_cpu = RunsOnCpu(*at.backend, at.options);
  candidate_ids_.push_back(id);
  AMSEL_ASSIGN_OR_RETURN(
      const std::int64_t config,
      store_.PutConfig({IdentityText(IdentityOf(*at.backend, at.options)), at.backend->version(), at.options.threads,
                        GraphOptimizationName(at.options.graph), DeviceName(), candidates_.back().runner.int8()}));
  config_ids_.push_back(config);
  return store_.PutLoad(id, config, dnn.load, dnn.resident_bytes);
}

Status ProfileRun::OpenCandidates(std::optional<std::vector<OpenedDnn>> opened) {
  AMSEL_ASSIGN_OR_RETURN(std::vector<StoredCandidate> known, store_.Candidates());
  AMSEL_RETURN_IF_ERROR(DropRefused(store_, zoo_, known));
  if (!opened) {
    AMSEL_ASSIGN_OR_RETURN(opened, OpenDnns(zoo_, {&backend_, options_.session}, known, options_, clock_));
  }
  const std::vector<OpenedDnn>& dnns = *opened;
  std::vector<View> views;  // all that there are, identity first
  for (const OpenedDnn& dnn : dnns) {
    for (const View& view : dnn.views) {
      if (std::find(views.begin(), views.end(), view) == views.end()) views.push_back(view);
    }
  }
  for (const View& view : views) {
    for (std::size_t d = 0; d < dnns.size(); ++d) {
      if (std::find(dnns[d].views.begin(), dnns[d].views.end(), view) == dnns[d].views.end()) continue;
      AMSEL_RETURN_IF_ERROR(AddCandidate(dnns[d], zoo_.entries[d], view, known));
    }
  }
  return {};
}

Status ProfileRun::SettleDecoding() {
  std::vector<Preprocess> inputs;
  for (const ProfiledCandidate& candidate : candidates_) inputs.push_back(candidate.preprocessor.spec());
  if (feature_dnn_) inputs.push_back(feature_dnn_->runner().card().preprocess);
  AMSEL_ASSIGN_OR_RETURN(
      options_.decode.min_side,
      SettleDecodeMinSide(store_, !done_.inputs.empty(), options_.decode_min_side, DecodeMinSide(inputs)));
  decoder_ = ImageDecoder(options_.decode);
  return {};
}

Status ProfileRun::SettleFeatureDnn() {
  if (options_.feature_dnn.empty()) return CheckNoFeatureDnn(store_);
  const Placement at{&backend_, options_.session};
  AMSEL_ASSIGN_OR_RETURN(feature_dnn_, FeatureDnnTurn::Open(options_.feature_dnn, at));
  return feature_dnn_->Settle(at, store_);
}

/// Features that are there stay complete, and stay timed together with those that are added.
Status ProfileRun::SettleFeatures() {
  std::set<std::string> recorded;
  for (const auto& [id, names] : done_.features) recorded.insert(names.begin(), names.end());
  for (const std::string& name : options_.features) recorded.erase(name);
  const std::vector<std::string> extracted = DnnFeaturesIn({recorded.begin(), recorded.end()}, /*wanted=*/false);
  options_.features.insert(options_.features.end(), extracted.begin(), extracted.end());
  AMSEL_ASSIGN_OR_RETURN(extractor_, FeatureExtractor::Create(options_.features));
  return {};
}

bool ProfileRun::MissesFeature(std::int64_t id) const {
  const auto it = done_.features.find(id);
  return std::any_of(options_.features.begin(), options_.features.end(),
                     [&](const std::string& name) { return it == done_.features.end() || !it->second.contains(name); });
}

bool ProfileRun::Missing(std::int64_t id) const {
  if (done_.failures.contains(id)) return false;
  if (!done_.inputs.contains(id) || MissesFeature(id)) return true;
  if (feature_dnn_ && FeatureDnnTurn::Misses(done_, id)) return true;
  return std::any_of(candidate_ids_.begin(), candidate_ids_.end(),
                     [&](std::int64_t candidate) { return !done_.runs.contains({id, candidate}); });
}

Status ProfileRun::Fail(std::int64_t id, const std::string& reason) {
  const LabelledImage& listed = images_[static_cast<std::size_t>(id)];
  if (options_.strict) return BadInput(listed.key + ": " + reason);
  return store_.PutFailure(id, reason);
}

Status ProfileRun::FailRun(std::int64_t id, std::size_t c, const std::string& reason) {
  const FailedRun failure{NameOf(c), images_[static_cast<std::size_t>(id)].key, reason};
  if (options_.strict) return RuntimeFailure(failure.candidate + ": " + failure.image + ": " + reason);
  if (options_.run_failed) options_.run_failed(failure);
  return store_.PutRunFailure({id, candidate_ids_[c], reason});
}

/// Nothing when the image cannot be used, which is then on record, or is not the recorded one, as `changed_` then says.
Result<std::optional<LoadedImage>> ProfileRun::LoadImage(std::int64_t id) {
  const LabelledImage& listed = images_[static_cast<std::size_t>(id)];
  const auto bytes = reader_.Fetch(listed.reference);
  const auto recorded = done_.inputs.find(id);
  const std::string sha256 = bytes.ok() ? Sha256Hex(*bytes) : "";
  if (bytes.ok() && recorded != done_.inputs.end() && !recorded->second.empty() && recorded->second != sha256) {
    changed_.push_back(listed.key);
    return std::optional<LoadedImage>();
  }
  const Nanoseconds start = clock_.Now();
  LoadedImage loaded{id, {}};
  const Status usable = bytes.ok() ? decoder_.Decode(*bytes, loaded.image) : Status(bytes.error());
  const Nanoseconds decode = clock_.Now() - start;
  if (!usable.ok() && recorded != done_.inputs.end()) {  // what is recorded of it is not thrown away
    return BadInput(listed.key + ": was profiled before and cannot be used now: " + usable.error().message);
  }
  if (!usable.ok()) {
    AMSEL_RETURN_IF_ERROR(Fail(id, usable.error().message));
    return std::optional<LoadedImage>();
  }
  const Image& image = loaded.image;
  StoredInput input{id,           listed.key,   listed.reference, sha256,       image.full_width, image.full_height,
                    listed.label, listed.group, listed.weight,    listed.split, decode,           Thumbnail(image)};
  AMSEL_RETURN_IF_ERROR(store_.PutInput(input));
  return std::optional(std::move(loaded));
}

Status ProfileRun::ExtractFeatures(const LoadedImage& loaded) {
  std::vector<float> values(options_.features.size());
  FeatureTimes times;
  extractor_->Extract(loaded.image, values, &times, &clock_);
  for (std::size_t i = 0; i < values.size(); ++i) {
    AMSEL_RETURN_IF_ERROR(store_.PutFeature(loaded.id, options_.features[i], values[i], times.features[i]));
  }
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {
    AMSEL_RETURN_IF_ERROR(
        store_.PutFeature(loaded.id, FeatureStageName(static_cast<FeatureStage>(stage)), {}, times.stages[stage]));
  }
  return {};
}

/// An image on which it fails lacks features, and cannot be used.
Status ProfileRun::RunFeatureDnn(std::vector<LoadedImage>& loaded) {
  const Turn turn = TurnOf(loaded, [&](std::int64_t id) { return FeatureDnnTurn::Misses(done_, id); });
  if (turn.images.empty()) return {};
  std::set<std::int64_t> failed;
  AMSEL_RETURN_IF_ERROR(feature_dnn_->Run(turn.images, turn.ids, clock_, store_, [&](std::size_t at, const Error& why) {
    failed.insert(turn.ids[at]);
    return Fail(turn.ids[at], why.message);
  }));
  std::erase_if(loaded, [&](const LoadedImage& image) { return failed.contains(image.id); });
  return {};
}

Status ProfileRun::RunCandidate(std::size_t c, const std::vector<LoadedImage>& loaded) {
  const std::int64_t candidate = candidate_ids_[c];
  const Turn turn = TurnOf(loaded, [&](std::int64_t id) { return !done_.runs.contains({id, candidate}); });
  if (turn.images.empty()) return {};
  return RunTurn(candidates_[c], turn.images, clock_,
                 [&](std::size_t at, const RunTimes& times, const auto& log_probs) -> Status {
                   if (!log_probs.ok()) return FailRun(turn.ids[at], c, log_probs.error().message);
                   AMSEL_RETURN_IF_ERROR(
                       store_.PutRun(turn.ids[at], candidate, config_ids_[c], times.preprocess, times.inference));
                   return store_.PutLogProbs(turn.ids[at], candidate, *log_probs);
                 });
}

Status ProfileRun::RunBlock(const std::vector<std::int64_t>& ids) {
  AMSEL_RETURN_IF_ERROR(store_.Begin());
  std::vector<LoadedImage> loaded;
  for (const std::int64_t id : ids) {
    AMSEL_ASSIGN_OR_RETURN(std::optional<LoadedImage> image, LoadImage(id));
    if (image && MissesFeature(id)) AMSEL_RETURN_IF_ERROR(ExtractFeatures(*image));
    if (image) loaded.push_back(std::move(*image));
  }
  if (!changed_.empty()) return OthersThanRecorded(store_.file(), changed_);
  if (feature_dnn_) AMSEL_RETURN_IF_ERROR(RunFeatureDnn(loaded));
  for (std::size_t c = 0; c < candidates_.size(); ++c) AMSEL_RETURN_IF_ERROR(RunCandidate(c, loaded));
  profiled_ += loaded.size();
  return store_.Commit();
}

Status ProfileRun::RunAll() {
  std::vector<std::int64_t> work;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(options_.shards)) != options_.shard) continue;
    if (Missing(static_cast<std::int64_t>(i))) work.push_back(static_cast<std::int64_t>(i));
  }
  std::size_t begin = 0;
  while (begin < work.size()) {
    std::vector<std::string> references;
    for (std::size_t i = begin; i < std::min(work.size(), begin + static_cast<std::size_t>(options_.block_size)); ++i) {
      references.push_back(images_[static_cast<std::size_t>(work[i])].reference);
    }
    const std::size_t end = begin + FitTogether(reader_, references, options_.decode);
    AMSEL_RETURN_IF_ERROR(
        RunBlock({work.begin() + static_cast<std::ptrdiff_t>(begin), work.begin() + static_cast<std::ptrdiff_t>(end)}));
    begin = end;
    if (options_.progress) options_.progress(begin, work.size());
  }
  return {};
}

Status ProfileRun::MeasureEnergy(const std::vector<CostSubject>& subjects, const std::vector<Image>& images) {
  if (images.empty()) {
    for (const auto& subject : subjects) without_energy_.emplace_back(subject.name, "no image was answered by all");
    return {};
  }
  AMSEL_ASSIGN_OR_RETURN(without_energy_, RecordEnergy(store_, subjects, images, options_.energy, clock_));
  return {};
}

/// On images from all over the list, as many as a block has at most.
Status ProfileRun::MeasureCosts() {
  std::vector<CostSubject> subjects;
  for (std::size_t c = 0; c < candidates_.size(); ++c) {
    subjects.push_back({candidate_ids_[c], config_ids_[c], NameOf(c), &candidates_[c]});
  }
  const bool energy = options_.energy.meter || options_.energy.model;
  AMSEL_ASSIGN_OR_RETURN(const std::size_t count, store_.RowCount("input"));
  AMSEL_ASSIGN_OR_RETURN(const bool misses, MissesAfterRuns(store_, subjects, AfterRunsFor(count)));
  if (!misses && !energy) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::int64_t> usable, AnsweredByAll(store_));
  const std::size_t wanted = std::min(usable.size(), static_cast<std::size_t>(options_.block_size));
  std::vector<std::string> references;
  for (std::size_t i = 0; i < wanted; ++i) {
    references.push_back(images_[static_cast<std::size_t>(usable[i * usable.size() / wanted])].reference);
  }
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Image> images, DecodeTogether(reader_, references, options_.decode));
  if (misses && !images.empty()) {
    AMSEL_RETURN_IF_ERROR(RecordAfterRuns(store_, subjects, images, AfterRunsFor(count), clock_));
  }
  return energy ? MeasureEnergy(subjects, images) : Status();
}

Result<ProfileSummary> ProfileRun::Summarize() {
  ProfileSummary summary;
  AMSEL_ASSIGN_OR_RETURN(summary.images, store_.RowCount("input"));
  summary.profiled = profiled_;
  summary.without_energy = without_energy_;
  for (const ProfiledCandidate& candidate : candidates_) {
    if (!candidate.view.is_identity()) continue;
    const auto other = KindAgainst(candidate.runner.card().output_kind, candidate.facts);
    if (other) summary.other_kinds.emplace_back(candidate.runner.card().name, other->why);
  }
  AMSEL_ASSIGN_OR_RETURN(const auto failures, store_.Failures());
  for (const auto& [id, reason] : failures) {
    summary.skipped.emplace_back(images_[static_cast<std::size_t>(id)].key, reason);
  }
  if (summary.images == 0) {
    const std::string why = summary.skipped.empty() ? "" : ": " + summary.skipped.front().second;
    return BadInput(options_.images_source + ": no image could be used" + why);
  }
  AMSEL_RETURN_IF_ERROR(RecordNearDuplicates(store_));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failed, store_.RunFailures());
  std::map<std::int64_t, std::string> names;
  for (std::size_t c = 0; c < candidates_.size(); ++c) names[candidate_ids_[c]] = NameOf(c);
  for (const StoredRunFailure& failure : failed) {
    summary.failed_runs.push_back(
        {names[failure.candidate], images_[static_cast<std::size_t>(failure.input)].key, failure.reason});
  }
  AMSEL_RETURN_IF_ERROR(RefuseHopeless(summary));
  AMSEL_RETURN_IF_ERROR(store_.Complete());
  return summary;
}

Result<ProfileSummary> ProfileRun::Run(std::optional<std::vector<OpenedDnn>> opened) {
  AMSEL_RETURN_IF_ERROR(store_.Begin());
  AMSEL_RETURN_IF_ERROR(DescribeRun(store_, zoo_, options_));
  if (opened) {  // so that it can be continued from here on; one that is there stays as it is until all can be opened
    AMSEL_RETURN_IF_ERROR(store_.Commit());
    AMSEL_RETURN_IF_ERROR(store_.Begin());
  }
  AMSEL_RETURN_IF_ERROR(OpenCandidates(std::move(opened)));
  AMSEL_RETURN_IF_ERROR(SettleFeatureDnn());
  if (options_.retry_failed) AMSEL_RETURN_IF_ERROR(store_.ForgetFailures());
  AMSEL_ASSIGN_OR_RETURN(done_, store_.Progress());
  AMSEL_RETURN_IF_ERROR(SettleFeatures());
  AMSEL_RETURN_IF_ERROR(SettleDecoding());
  AMSEL_RETURN_IF_ERROR(RecordConformance(images_, reader_, decoder_, candidates_, candidate_ids_,
                                          feature_dnn_ ? &*feature_dnn_ : nullptr, store_));
  AMSEL_RETURN_IF_ERROR(store_.Commit());
  AMSEL_RETURN_IF_ERROR(RunAll());
  AMSEL_RETURN_IF_ERROR(MeasureCosts());
  return Summarize();
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
  auto summary = ProfileRun(zoo, images, backend, clock, std::move(store), options).Run(std::move(opened));
  if (!summary.ok() && !exists) RemoveIfEmpty(file);  // one that was there may be another run's
  return summary;
}

}  // namespace amsel
