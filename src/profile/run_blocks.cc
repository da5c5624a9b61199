#include "profile/run_blocks.h"

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "profile/duplicates.h"
#include "profile/resume.h"

namespace amsel {
namespace {

class BlockRunner {
 public:
  BlockRunner(ProfileSubjects& subjects, ListedImages& images, const StoredProgress& done,
              const ProfileOptions& options, const Clock& clock, ProfileStore& store)
      : subjects_(subjects), images_(images), done_(done), options_(options), clock_(clock), store_(store) {}

  /// Gives how many of the images could be used.
  Result<std::size_t> Run(const std::vector<std::int64_t>& ids) {
    AMSEL_RETURN_IF_ERROR(store_.Begin());
    std::vector<LoadedImage> loaded;
    std::vector<std::string> changed;  // keys of images whose bytes are not those on record
    for (const std::int64_t id : ids) {
      AMSEL_ASSIGN_OR_RETURN(std::optional<LoadedImage> image, LoadImage(id, changed));
      if (image && subjects_.features.Missing(done_, id)) {
        AMSEL_RETURN_IF_ERROR(subjects_.features.Record(*image, clock_, store_));
      }
      if (image) loaded.push_back(std::move(*image));
    }
    if (!changed.empty()) return OthersThanRecorded(store_.file(), changed);
    if (subjects_.feature_dnn) AMSEL_RETURN_IF_ERROR(RunFeatureDnn(loaded));
    for (ProfiledCandidate& candidate : subjects_.candidates) AMSEL_RETURN_IF_ERROR(RunCandidate(candidate, loaded));
    AMSEL_RETURN_IF_ERROR(store_.Commit());
    return loaded.size();
  }

 private:
  Status Fail(std::int64_t id, const std::string& reason) {
    if (options_.strict) return BadInput(images_.At(id).key + ": " + reason);
    return store_.PutFailure(id, reason);
  }

  Status FailRun(std::int64_t id, const ProfiledCandidate& candidate, const std::string& reason) {
    const FailedRun failure{candidate.name(), images_.At(id).key, reason};
    if (options_.strict) return RuntimeFailure(failure.candidate + ": " + failure.image + ": " + reason);
    if (options_.run_failed) options_.run_failed(failure);
    return store_.PutRunFailure({id, candidate.id, reason});
  }

  /// Nothing when the image cannot be used, which is then on record, or is not the recorded one, as `changed` then
  /// says.
  Result<std::optional<LoadedImage>> LoadImage(std::int64_t id, std::vector<std::string>& changed) {
    const LabelledImage& listed = images_.At(id);
    const auto bytes = images_.reader.Fetch(listed.reference);
    const auto recorded = done_.inputs.find(id);
    const std::string sha256 = bytes.ok() ? Sha256Hex(*bytes) : "";
    if (bytes.ok() && recorded != done_.inputs.end() && !recorded->second.empty() && recorded->second != sha256) {
      changed.push_back(listed.key);
      return std::optional<LoadedImage>();
    }
    const Nanoseconds start = clock_.Now();
    LoadedImage loaded{id, {}};
    const Status usable = bytes.ok() ? images_.decoder.Decode(*bytes, loaded.image) : Status(bytes.error());
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

  /// An image on which it fails lacks features, and cannot be used.
  Status RunFeatureDnn(std::vector<LoadedImage>& loaded) {
    const Turn turn = TurnOf(loaded, [&](std::int64_t id) { return FeatureDnnTurn::Misses(done_, id); });
    if (turn.images.empty()) return {};
    std::set<std::int64_t> failed;
    const auto fail = [&](std::size_t at, const Error& why) {
      failed.insert(turn.ids[at]);
      return Fail(turn.ids[at], why.message);
    };
    AMSEL_RETURN_IF_ERROR(subjects_.feature_dnn->Run(turn.images, turn.ids, clock_, store_, fail));
    std::erase_if(loaded, [&](const LoadedImage& image) { return failed.contains(image.id); });
    return {};
  }

  Status RunCandidate(ProfiledCandidate& candidate, const std::vector<LoadedImage>& loaded) {
    const Turn turn = TurnOf(loaded, [&](std::int64_t id) { return !done_.runs.contains({id, candidate.id}); });
    if (turn.images.empty()) return {};
    return RunTurn(
        candidate, turn.images, clock_, [&](std::size_t at, const RunTimes& times, const auto& log_probs) -> Status {
          if (!log_probs.ok()) return FailRun(turn.ids[at], candidate, log_probs.error().message);
          AMSEL_RETURN_IF_ERROR(
              store_.PutRun(turn.ids[at], candidate.id, candidate.config, times.preprocess, times.inference));
          return store_.PutLogProbs(turn.ids[at], candidate.id, *log_probs);
        });
  }

  ProfileSubjects& subjects_;
  ListedImages& images_;
  const StoredProgress& done_;
  const ProfileOptions& options_;
  const Clock& clock_;
  ProfileStore& store_;
};

}  // namespace

Result<std::size_t> RunBlocks(ProfileSubjects& subjects, ListedImages& images, const StoredProgress& done,
                              const ProfileOptions& options, const Clock& clock, ProfileStore& store) {
  std::vector<std::int64_t> work;
  for (std::size_t i = 0; i < images.listed.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(options.shards)) != options.shard) continue;
    if (subjects.Missing(done, static_cast<std::int64_t>(i))) work.push_back(static_cast<std::int64_t>(i));
  }
  BlockRunner runner(subjects, images, done, options, clock, store);
  std::size_t profiled = 0;
  auto begin = work.begin();
  while (begin != work.end()) {
    const auto most = std::min<std::ptrdiff_t>(work.end() - begin, options.block_size);
    std::vector<std::string> references;
    for (auto id = begin; id != begin + most; ++id) references.push_back(images.At(*id).reference);
    const auto end = begin + static_cast<std::ptrdiff_t>(FitTogether(images.reader, references, images.decode));
    AMSEL_ASSIGN_OR_RETURN(const std::size_t used, runner.Run({begin, end}));
    profiled += used;
    begin = end;
    if (options.progress) options.progress(static_cast<std::size_t>(begin - work.begin()), work.size());
  }
  return profiled;
}

}  // namespace amsel
