// The threads around the book of who is loaded (runtime/residency.h).
#include "runtime/candidate_store.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "runtime/operating_point.h"
#include "runtime/within_load.h"

namespace amsel {
namespace {

constexpr const char* kDoesNotFit = "does not fit the memory budget";

}  // namespace

struct CandidateStore::Unit {
  /// One attempt to load it, for those who wait.
  struct Attempt {
    bool over = false;
    std::optional<Error> failure;
  };

  std::size_t at;  ///< position, in the residency too
  LoadableDnn dnn;
  std::shared_ptr<Attempt> attempt{};  ///< while loading
  Nanoseconds loading_since{0};
};

CandidateStore::CandidateStore(const Bundle& bundle, const std::vector<Placement>& placements, const Clock& clock)
    : bundle_(&bundle), clock_(&clock), residency_({}), loader_([this](std::size_t at) { LoadIfUseful(*units_[at]); }) {
  const auto& candidates = bundle.manifest().candidates;
  if (bundle.manifest().feature_dnn && placements.size() > candidates.size()) {
    feature_dnn_ = std::make_shared<SharedFeatureDnn>(bundle, placements.back());
  }
  std::map<std::pair<std::string, std::string>, std::size_t> by_file;
  std::vector<std::vector<CandidateId>> views;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const auto [at, is_new] = by_file.emplace(std::pair(candidates[c].folder, candidates[c].sha256), views.size());
    if (is_new) views.emplace_back();
    views[at->second].push_back(static_cast<CandidateId>(c));
    unit_of_.push_back(at->second);
  }
  std::vector<ResidentDnn> dnns;
  for (const std::vector<CandidateId>& same : views) {
    const Placement& at = placements[static_cast<std::size_t>(same.front())];
    units_.push_back(std::unique_ptr<Unit>(new Unit{units_.size(), LoadableDnn(bundle, same, at)}));
    dnns.push_back(units_.back()->dnn.Unloaded());
  }
  const MutexLock lock(mutex_);
  residency_ = Residency(std::move(dnns));
}

CandidateStore::~CandidateStore() = default;

CandidateStore::Use::Use(Use&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), unit_(other.unit_), runner_(other.runner_), load_(other.load_) {}

CandidateStore::Use::~Use() {
  if (store_ != nullptr) store_->Release(*unit_);
}

Result<Nanoseconds> CandidateStore::Use::Infer(std::span<const std::byte> tensors, int batch,
                                               std::vector<float>& raw) const {
  return unit_->dnn.Infer(*runner_, tensors, batch, *store_->clock_, raw);
}

bool CandidateStore::Use::takes_batches() const {
  return runner_->takes_batches() && !unit_->dnn.refuses_batches;
}

void CandidateStore::Use::RefuseBatches() const {
  unit_->dnn.refuses_batches = true;
}

void CandidateStore::Release(const Unit& unit) {
  const MutexLock lock(mutex_);
  if (residency_.EndUse(unit.at) && budget_) changed_.WakeAll();
}

Result<CandidateStore::Use> CandidateStore::Get(CandidateId id, std::optional<Nanoseconds> patience) {
  Unit& unit = UnitOf(id);
  const MutexLock lock(mutex_);
  Nanoseconds load{0};
  if (!residency_[unit.at].loaded()) {
    const Nanoseconds asked = clock_->Now();
    std::optional<Nanoseconds> until;
    if (patience) until = asked + std::max(*patience, Nanoseconds(0));
    AMSEL_RETURN_IF_ERROR(BeLoaded(unit, until));
    load = clock_->Now() - asked;
  }
  residency_.BeginUse(unit.at);
  return Use(*this, unit, unit.dnn.RunnerOf(id), load);
}

/// False: it is that time.
bool CandidateStore::Wait(std::optional<Nanoseconds> until) {
  if (until) return clock_->WaitUntil(changed_, mutex_, *until);
  changed_.Wait(mutex_);
  return true;
}

/// Until the load in progress is over.
Status CandidateStore::AwaitLoad(const Unit& unit, std::optional<Nanoseconds> until) {
  const std::shared_ptr<Unit::Attempt> attempt = unit.attempt;
  while (!attempt->over) {
    if (!Wait(until) && !attempt->over) return RuntimeFailure("was still being loaded when time was up");
  }
  return attempt->failure ? Status(*attempt->failure) : Status();
}

/// Until those that run leave it room, or somebody else loads it.
Status CandidateStore::AwaitRoom(const Unit& unit, std::optional<Nanoseconds> until) {
  const auto waits = [&]() AMSEL_REQUIRES(mutex_) {
    return residency_[unit.at].state == ResidentDnn::State::kAbsent && !RoomWithoutIdle(unit);
  };
  while (waits()) {
    if (!Wait(until) && waits()) {
      return RuntimeFailure("others were running what would have had to leave memory when time was up");
    }
  }
  return {};
}

Status CandidateStore::BeLoaded(Unit& unit, std::optional<Nanoseconds> until) {
  while (!residency_[unit.at].loaded()) {
    if (residency_[unit.at].state == ResidentDnn::State::kLoading) {
      AMSEL_RETURN_IF_ERROR(AwaitLoad(unit, until));
      continue;
    }
    if (unit.dnn.damage()) return *unit.dnn.damage();
    if (!MayFit(unit)) return RuntimeFailure(kDoesNotFit);
    Leaving leaving;
    if (MakeRoom(unit, /*only_less_useful=*/false, leaving)) {
      AMSEL_RETURN_IF_ERROR(LoadHere(unit, std::move(leaving)));
    } else {
      AMSEL_RETURN_IF_ERROR(AwaitRoom(unit, until));
    }
  }
  return {};
}

void CandidateStore::LoadAll() {
  std::vector<std::size_t> order;
  {
    const MutexLock lock(mutex_);
    order = MostUsefulTogether(residency_.dnns(), budget_ ? std::optional(budget_->allowance()) : std::nullopt);
  }
  // What fails here fails again, and is reported, when the candidate is wanted.
  for (const std::size_t at : order) static_cast<void>(Get(units_[at]->dnn.first_view()).ok());
}

std::optional<Nanoseconds> CandidateStore::TimeToLoad(CandidateId id) const {
  const Unit& unit = UnitOf(id);
  const DnnCost* cost = PlanningCost(bundle_->candidate(id));
  const MutexLock lock(mutex_);
  if (residency_[unit.at].loaded()) return Nanoseconds(0);
  if (cost == nullptr) return {};
  const Nanoseconds planned = FromMilliseconds(cost->load_ms);
  if (residency_[unit.at].state == ResidentDnn::State::kLoading) {
    const Nanoseconds left = planned - (clock_->Now() - unit.loading_since);
    return left > Nanoseconds(0) ? left : planned;  // it is late already: nothing is known but the plan
  }
  if (!RoomWithoutIdle(unit)) return {};
  return planned;
}

void CandidateStore::Want(CandidateId id) {
  const Unit& unit = UnitOf(id);
  const MutexLock lock(mutex_);
  const bool absent = residency_[unit.at].state == ResidentDnn::State::kAbsent;
  if (absent && !unit.dnn.damage() && MayFit(unit)) loader_.Want(unit.at);
}

void CandidateStore::LoadIfUseful(Unit& unit) {
  const MutexLock lock(mutex_);
  Leaving leaving;
  const bool absent = residency_[unit.at].state == ResidentDnn::State::kAbsent;
  if (!absent || !MakeRoom(unit, /*only_less_useful=*/true, leaving)) return;
  // A failure is told to whoever asks for the candidate itself.
  static_cast<void>(LoadHere(unit, std::move(leaving)).ok());
}

std::int64_t CandidateStore::BytesOf(CandidateId id) const {
  const MutexLock lock(mutex_);
  return residency_[UnitOf(id).at].bytes;
}

bool CandidateStore::Fits(CandidateId id) const {
  return !budget_ || BytesOf(id) <= budget_->allowance();
}

void CandidateStore::SetShares(const std::vector<double>& share) {
  std::vector<double> by_unit(units_.size());
  for (std::size_t c = 0; c < share.size(); ++c) by_unit[unit_of_[c]] += share[c];
  const MutexLock lock(mutex_);
  residency_.SetShares(by_unit);
}

bool CandidateStore::Loaded(CandidateId id) const {
  const MutexLock lock(mutex_);
  return residency_[UnitOf(id).at].loaded();
}

/// Whether the budget would hold it, were it alone.
bool CandidateStore::MayFit(const Unit& unit) const {
  return !budget_ || residency_[unit.at].bytes <= budget_->allowance();
}

bool CandidateStore::RoomWithoutIdle(const Unit& wanted) const {
  return !budget_ || FitsBesideBusy(residency_.dnns(), wanted.at, budget_->allowance());
}

/// Dismisses idle units until `wanted` fits beside the rest, or none: then false.
bool CandidateStore::MakeRoom(const Unit& wanted, bool only_less_useful, Leaving& leaving) {
  if (!budget_) return true;
  const auto who = residency_.MakeRoom(wanted.at, *budget_, ResidentBytes(), only_less_useful);
  if (!who) return false;
  for (const std::size_t at : *who) leaving.push_back(units_[at]->dnn.Dismiss());
  return true;
}

/// Loads with the lock released; it is held again at the end. Without a failure the unit is loaded, or absent where it
/// was found to need more room than there is now.
Status CandidateStore::LoadHere(Unit& unit, Leaving leaving) {
  residency_.BeginLoad(unit.at);
  const auto attempt = unit.attempt = std::make_shared<Unit::Attempt>();
  unit.loading_since = clock_->Now();
  std::int64_t measured = 0;
  Result<LoadableDnn::Runners> runners = LoadableDnn::Runners();
  {
    const MutexUnlock meanwhile(mutex_);
    leaving.clear();
    if (budget_) ReturnFreedMemory();
    const std::int64_t before = ResidentBytes();
    runners = WithinLoad([&] { return unit.dnn.Open(); });
    if (budget_) ReturnFreedMemory();  // what loading needed beside the candidate
    measured = ResidentBytes() - before;
  }
  bool stays = runners.ok();
  if (stays) {
    unit.dnn.Keep(std::move(*runners));
    // Whoever is over the budget by what was not known leaves.
    stays = !residency_.Learn(unit.at, measured) || MakeRoom(unit, /*only_less_useful=*/false, leaving);
    if (!stays) leaving.push_back(unit.dnn.Dismiss());
    // Found larger than thought: what the budget holds alone waits until those that run make room.
    if (!stays && !MayFit(unit)) attempt->failure = RuntimeFailure(kDoesNotFit);
  } else {
    attempt->failure = runners.error();
  }
  residency_.EndLoad(unit.at, stays);
  attempt->over = true;
  unit.attempt.reset();
  changed_.WakeAll();
  if (!leaving.empty()) {
    const MutexUnlock meanwhile(mutex_);
    leaving.clear();
    ReturnFreedMemory();
  }
  return attempt->failure ? Status(*attempt->failure) : Status();
}

}  // namespace amsel
