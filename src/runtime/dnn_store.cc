// The threads around the book of who is loaded (runtime/residency.h).
#include "runtime/dnn_store.h"

#include <algorithm>
#include <utility>

#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "runtime/within_load.h"

namespace amsel {
namespace {

constexpr const char* kDoesNotFit = "does not fit the memory budget";

Residency NoneLoaded(const std::vector<std::unique_ptr<LoadableDnn>>& dnns) {
  std::vector<ResidentDnn> unloaded;
  for (const auto& dnn : dnns) unloaded.push_back(dnn->Unloaded());
  return Residency(std::move(unloaded));
}

}  // namespace

DnnStore::DnnStore(std::vector<std::unique_ptr<LoadableDnn>> dnns, const Clock& clock)
    : clock_(&clock),
      dnns_(std::move(dnns)),
      residency_(NoneLoaded(dnns_)),
      attempts_(dnns_.size()),
      loader_([this](std::size_t at) { LoadIfUseful(at); }) {}

DnnUse::~DnnUse() {
  if (store_ != nullptr) store_->Release(at_);
}

void DnnStore::Release(std::size_t at) {
  const MutexLock lock(mutex_);
  if (residency_.EndUse(at) && residency_.has_budget()) changed_.WakeAll();
}

void DnnStore::SetBudget(const MemoryBudget& budget) {
  const MutexLock lock(mutex_);
  residency_.SetBudget(budget);
}

Result<DnnUse> DnnStore::Get(std::size_t at, std::optional<Nanoseconds> patience) {
  const MutexLock lock(mutex_);
  Nanoseconds load{0};
  if (!residency_[at].loaded()) {
    const Nanoseconds asked = clock_->Now();
    std::optional<Nanoseconds> until;
    if (patience) until = asked + std::max(*patience, Nanoseconds(0));
    AMSEL_RETURN_IF_ERROR(BeLoaded(at, until));
    load = clock_->Now() - asked;
  }
  residency_.BeginUse(at);
  return DnnUse(*this, at, *dnns_[at], load);
}

/// False: it is that time.
bool DnnStore::Wait(std::optional<Nanoseconds> until) {
  if (until) return clock_->WaitUntil(changed_, mutex_, *until);
  changed_.Wait(mutex_);
  return true;
}

/// Until the load in progress is over.
Status DnnStore::AwaitLoad(std::size_t at, std::optional<Nanoseconds> until) {
  const std::shared_ptr<Attempt> attempt = attempts_[at];
  while (!attempt->over) {
    if (!Wait(until) && !attempt->over) return RuntimeFailure("was still being loaded when time was up");
  }
  return attempt->failure ? Status(*attempt->failure) : Status();
}

/// Until those that run leave it room, or somebody else loads it.
Status DnnStore::AwaitRoom(std::size_t at, std::optional<Nanoseconds> until) {
  while (IsAbsent(at) && !residency_.FitsBesideBusy(at)) {
    if (!Wait(until) && IsAbsent(at) && !residency_.FitsBesideBusy(at)) {
      return RuntimeFailure("others were running what would have had to leave memory when time was up");
    }
  }
  return {};
}

Status DnnStore::BeLoaded(std::size_t at, std::optional<Nanoseconds> until) {
  while (!residency_[at].loaded()) {
    if (!IsAbsent(at)) {
      AMSEL_RETURN_IF_ERROR(AwaitLoad(at, until));
      continue;
    }
    if (dnns_[at]->damage()) return *dnns_[at]->damage();
    if (!residency_.Fits(at)) return RuntimeFailure(kDoesNotFit);
    Leaving leaving;
    if (MakeRoom(at, /*only_less_useful=*/false, leaving)) {
      AMSEL_RETURN_IF_ERROR(LoadHere(at, std::move(leaving)));
    } else {
      AMSEL_RETURN_IF_ERROR(AwaitRoom(at, until));
    }
  }
  return {};
}

void DnnStore::LoadAll() {
  std::vector<std::size_t> order;
  {
    const MutexLock lock(mutex_);
    order = residency_.MostUseful();
  }
  // What fails here fails again, and is reported, when it is wanted.
  for (const std::size_t at : order) static_cast<void>(Get(at).ok());
}

std::optional<Nanoseconds> DnnStore::TimeToLoad(std::size_t at, std::optional<Nanoseconds> planned) const {
  const MutexLock lock(mutex_);
  if (residency_[at].loaded()) return Nanoseconds(0);
  if (!planned) return {};
  if (IsAbsent(at)) return residency_.FitsBesideBusy(at) ? planned : std::nullopt;
  const Nanoseconds left = *planned - (clock_->Now() - attempts_[at]->since);
  return left > Nanoseconds(0) ? left : *planned;  // it is late already: nothing is known but the plan
}

void DnnStore::Want(std::size_t at) {
  const MutexLock lock(mutex_);
  if (IsAbsent(at) && !dnns_[at]->damage() && residency_.Fits(at)) loader_.Want(at);
}

void DnnStore::LoadIfUseful(std::size_t at) {
  const MutexLock lock(mutex_);
  Leaving leaving;
  if (!IsAbsent(at) || !MakeRoom(at, /*only_less_useful=*/true, leaving)) return;
  // A failure is told to whoever asks for it himself.
  static_cast<void>(LoadHere(at, std::move(leaving)).ok());
}

std::int64_t DnnStore::BytesOf(std::size_t at) const {
  const MutexLock lock(mutex_);
  return residency_[at].bytes;
}

void DnnStore::SetShares(std::span<const double> share) {
  const MutexLock lock(mutex_);
  residency_.SetShares(share);
}

/// Dismisses idle ones until it fits beside the rest, or none: then false.
bool DnnStore::MakeRoom(std::size_t at, bool only_less_useful, Leaving& leaving) {
  const std::int64_t resident = residency_.has_budget() ? ResidentBytes() : 0;
  const auto who = residency_.MakeRoom(at, resident, only_less_useful);
  if (!who) return false;
  for (const std::size_t leaves : *who) leaving.push_back(dnns_[leaves]->Dismiss());
  return true;
}

/// Loads with the lock released; it is held again at the end. Without a failure the DNN is loaded, or absent where it
/// was found to need more room than there is now.
Status DnnStore::LoadHere(std::size_t at, Leaving leaving) {
  LoadableDnn& dnn = *dnns_[at];
  const auto attempt = attempts_[at] = std::make_shared<Attempt>(Attempt{.since = clock_->Now()});
  residency_.BeginLoad(at);
  const bool has_budget = residency_.has_budget();
  std::int64_t measured = 0;
  Result<LoadableDnn::Runners> runners = LoadableDnn::Runners();
  {
    const MutexUnlock meanwhile(mutex_);
    leaving.clear();
    if (has_budget) ReturnFreedMemory();
    const std::int64_t before = ResidentBytes();
    runners = WithinLoad([&] { return dnn.Open(); });
    if (has_budget) ReturnFreedMemory();  // what loading needed beside the DNN
    measured = ResidentBytes() - before;
  }
  bool stays = runners.ok();
  if (stays) {
    dnn.Keep(std::move(*runners));
    // Whoever is over the budget by what was not known leaves.
    stays = !residency_.Learn(at, measured) || MakeRoom(at, /*only_less_useful=*/false, leaving);
    if (!stays) leaving.push_back(dnn.Dismiss());
    // Found larger than thought: what the budget holds alone waits until those that run make room.
    if (!stays && !residency_.Fits(at)) attempt->failure = RuntimeFailure(kDoesNotFit);
  } else {
    attempt->failure = runners.error();
  }
  residency_.EndLoad(at, stays);
  attempt->over = true;
  attempts_[at].reset();
  changed_.WakeAll();
  if (!leaving.empty()) {
    const MutexUnlock meanwhile(mutex_);
    leaving.clear();
    ReturnFreedMemory();
  }
  return attempt->failure ? Status(*attempt->failure) : Status();
}

}  // namespace amsel
