#include "profile/after_runs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/random.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::size_t kFewest = 30;
constexpr std::size_t kMost = 150;
constexpr std::size_t kImagesForEach = 8;  // so that it stays a small part of what profiling takes
constexpr std::size_t kMostRounds = 4;     // for each run that is wanted: views of one DNN may follow each other
constexpr std::uint64_t kSeed = 1;

const std::string& DnnOf(const CostSubject& subject) {
  return subject.candidate->runner.card().name;
}

std::map<std::int64_t, std::size_t> CountByCandidate(const std::vector<StoredAfterRun>& runs) {
  std::map<std::int64_t, std::size_t> counts;
  for (const StoredAfterRun& run : runs) ++counts[run.candidate];
  return counts;
}

bool Misses(const std::vector<CostSubject>& subjects, std::map<std::int64_t, std::size_t>& counts, std::size_t wanted) {
  std::set<std::string> dnns;
  for (const CostSubject& subject : subjects) dnns.insert(DnnOf(subject));
  return dnns.size() > 1 && std::any_of(subjects.begin(), subjects.end(),
                                        [&](const CostSubject& subject) { return counts[subject.id] < wanted; });
}

/// The candidates in turns. Nothing but they runs between two of them, as in an engine.
class Turns {
 public:
  explicit Turns(const Clock& clock) : clock_(clock) {}

  /// What was done meanwhile took the caches: whoever ran last runs once more.
  void Continue() {
    if (before_ != nullptr && !before_->candidate->runner.Infer(before_->candidate->tensor).ok()) before_ = nullptr;
  }

  /// The run, where one is wanted and there was another DNN before it.
  std::optional<StoredAfterRun> Take(const CostSubject& subject, const Image& image, bool wanted) {
    ProfiledCandidate& candidate = *subject.candidate;
    candidate.preprocessor.Apply(image, candidate.tensor);
    const CostSubject* before = std::exchange(before_, &subject);
    if (!wanted || before == nullptr || DnnOf(*before) == DnnOf(subject)) {
      if (!candidate.runner.Infer(candidate.tensor).ok()) before_ = nullptr;
      return {};
    }
    StoredAfterRun run{subject.id, subject.config, before->id, {}, {}};
    for (TimedRun* timed : {&run.after, &run.again}) {
      const RunTimer timer(clock_, candidate.on_cpu);
      const Status status = candidate.runner.Infer(candidate.tensor);
      *timed = timer.Stop();
      if (status.ok()) continue;
      before_ = nullptr;  // who knows what a run that failed leaves
      return {};
    }
    return run;
  }

 private:
  const Clock& clock_;
  const CostSubject* before_ = nullptr;
};

}  // namespace

std::size_t AfterRunsFor(std::size_t images) {
  return std::clamp(images / kImagesForEach, kFewest, kMost);
}

Result<bool> MissesAfterRuns(ProfileStore& store, const std::vector<CostSubject>& subjects, std::size_t wanted) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> runs, store.AfterRuns());
  std::map<std::int64_t, std::size_t> counts = CountByCandidate(runs);
  return Misses(subjects, counts, wanted);
}

Status RecordAfterRuns(ProfileStore& store, const std::vector<CostSubject>& subjects, const std::vector<Image>& images,
                       std::size_t wanted, const Clock& clock) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> recorded, store.AfterRuns());
  std::map<std::int64_t, std::size_t> counts = CountByCandidate(recorded);
  Random random(kSeed + recorded.size());  // one that is continued draws others
  std::vector<const CostSubject*> order;
  for (const CostSubject& subject : subjects) order.push_back(&subject);
  Turns turns(clock);
  for (std::size_t round = 0; round < kMostRounds * wanted && Misses(subjects, counts, wanted); ++round) {
    random.Shuffle(order);
    turns.Continue();
    std::vector<StoredAfterRun> taken;
    for (const CostSubject* subject : order) {
      const Image& image = images[random.Below(images.size())];
      auto run = turns.Take(*subject, image, counts[subject->id] < wanted);
      if (run) taken.push_back(std::move(*run));
    }
    AMSEL_RETURN_IF_ERROR(store.Begin());
    for (const StoredAfterRun& run : taken) {
      AMSEL_RETURN_IF_ERROR(store.PutAfterRun(run));
      ++counts[run.candidate];
    }
    AMSEL_RETURN_IF_ERROR(store.Commit());
  }
  return {};
}

}  // namespace amsel
