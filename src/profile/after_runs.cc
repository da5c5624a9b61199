#include "profile/after_runs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/random.h"
#include "base/status_macros.h"
#include "meter/after_pair.h"

namespace amsel {
namespace {

constexpr std::size_t kFewest = 30;
constexpr std::size_t kMost = 150;
constexpr std::size_t kImagesForEach = 8;  // so that it stays a small part of what profiling takes
constexpr std::size_t kMostRounds = 4;     // for each run that is wanted: runs may fail
constexpr std::uint64_t kSeed = 1;
constexpr std::chrono::seconds kBetweenWrites{1};

const std::string& DnnOf(const ProfiledCandidate& candidate) {
  return candidate.runner.card().name;
}

std::map<std::int64_t, std::size_t> CountByCandidate(const std::vector<StoredAfterRun>& runs) {
  std::map<std::int64_t, std::size_t> counts;
  for (const StoredAfterRun& run : runs) ++counts[run.candidate];
  return counts;
}

bool Misses(const std::vector<ProfiledCandidate>& candidates, std::map<std::int64_t, std::size_t>& counts,
            std::size_t wanted) {
  std::set<std::string> dnns;
  for (const ProfiledCandidate& candidate : candidates) dnns.insert(DnnOf(candidate));
  return dnns.size() > 1 && std::any_of(candidates.begin(), candidates.end(), [&](const ProfiledCandidate& candidate) {
           return counts[candidate.id] < wanted;
         });
}

/// `candidate` runs, then `before`, then `candidate` again, timed, and a few times more: nothing but they runs
/// meanwhile, and no third one, which an engine would not run between them either. Nothing where a run failed.
std::optional<StoredAfterRun> Sample(ProfiledCandidate& candidate, ProfiledCandidate& before, const Image& image,
                                     const Clock& clock) {
  for (ProfiledCandidate* one : {&candidate, &before}) {
    one->preprocessor.Apply(image, one->tensor);
    if (!one->runner.Infer(one->tensor).ok()) return {};
  }
  candidate.preprocessor.Apply(image, candidate.tensor);
  const Result<AfterPair> pair =
      TimeAfterAnother(clock, candidate.on_cpu, [&] { return candidate.runner.Infer(candidate.tensor); });
  if (!pair.ok()) return {};
  return StoredAfterRun{candidate.id, candidate.config, before.id, pair->after, pair->again};
}

/// One that is another DNN, drawn at random; null where there is none.
ProfiledCandidate* DrawOther(std::vector<ProfiledCandidate>& candidates, const ProfiledCandidate& candidate,
                             Random& random) {
  std::vector<ProfiledCandidate*> others;
  for (ProfiledCandidate& other : candidates) {
    if (DnnOf(other) != DnnOf(candidate)) others.push_back(&other);
  }
  return others.empty() ? nullptr : others[random.Below(others.size())];
}

/// In one transaction; `taken` is empty afterwards.
Status Write(ProfileStore& store, std::vector<StoredAfterRun>& taken) {
  AMSEL_RETURN_IF_ERROR(store.Begin());
  for (const StoredAfterRun& run : taken) AMSEL_RETURN_IF_ERROR(store.PutAfterRun(run));
  taken.clear();
  return store.Commit();
}

}  // namespace

std::size_t AfterRunsFor(std::size_t images) {
  return std::clamp(images / kImagesForEach, kFewest, kMost);
}

Result<bool> MissesAfterRuns(ProfileStore& store, const std::vector<ProfiledCandidate>& candidates,
                             std::size_t wanted) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> runs, store.AfterRuns());
  std::map<std::int64_t, std::size_t> counts = CountByCandidate(runs);
  return Misses(candidates, counts, wanted);
}

Status RecordAfterRuns(ProfileStore& store, std::vector<ProfiledCandidate>& candidates,
                       const std::vector<Image>& images, std::size_t wanted, const Clock& clock) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> recorded, store.AfterRuns());
  std::map<std::int64_t, std::size_t> counts = CountByCandidate(recorded);
  Random random(kSeed + recorded.size());  // one that is continued draws others
  std::vector<StoredAfterRun> taken;
  Nanoseconds written = clock.Now();
  for (std::size_t round = 0; round < kMostRounds * wanted && Misses(candidates, counts, wanted); ++round) {
    for (ProfiledCandidate& candidate : candidates) {
      ProfiledCandidate* before = DrawOther(candidates, candidate, random);
      if (before == nullptr || counts[candidate.id] >= wanted) continue;
      const auto run = Sample(candidate, *before, images[random.Below(images.size())], clock);
      if (!run) continue;
      ++counts[candidate.id];
      taken.push_back(*run);
    }
    if (clock.Now() - written < kBetweenWrites) continue;
    AMSEL_RETURN_IF_ERROR(Write(store, taken));
    written = clock.Now();
  }
  return Write(store, taken);
}

}  // namespace amsel
