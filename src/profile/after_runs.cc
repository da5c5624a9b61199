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
constexpr std::size_t kUntilWarm = 4;      // runs in a row: the second still takes 5 % longer where the first takes 15
constexpr std::uint64_t kSeed = 1;
constexpr std::chrono::seconds kBetweenWrites{1};  // which take the caches

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
    for (std::size_t in_a_row = 0; in_a_row < kUntilWarm; ++in_a_row) {
      const RunTimer timer(clock_, candidate.on_cpu);
      const Status status = candidate.runner.Infer(candidate.tensor);
      const TimedRun timed = timer.Stop();
      if (in_a_row == 0) run.after = timed;
      if (in_a_row + 1 == kUntilWarm) run.again = timed;
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
  std::vector<StoredAfterRun> taken;
  Nanoseconds written = clock.Now();
  for (std::size_t round = 0; round < kMostRounds * wanted && Misses(subjects, counts, wanted); ++round) {
    random.Shuffle(order);
    for (const CostSubject* subject : order) {
      const Image& image = images[random.Below(images.size())];
      const auto run = turns.Take(*subject, image, counts[subject->id] < wanted);
      if (!run) continue;
      ++counts[subject->id];
      taken.push_back(*run);
    }
    if (clock.Now() - written < kBetweenWrites) continue;
    AMSEL_RETURN_IF_ERROR(Write(store, taken));
    turns.Continue();
    written = clock.Now();
  }
  return Write(store, taken);
}

}  // namespace amsel
