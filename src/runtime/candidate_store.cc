// The threads around the choice of who stays loaded (runtime/residency.h).
#include "runtime/candidate_store.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <new>
#include <utility>

#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

constexpr const char* kDoesNotFit = "does not fit the memory budget";

}  // namespace

/// One DNN: what is loaded, counted and dismissed as a whole.
struct CandidateStore::Unit {
  enum class State { kAbsent, kLoading, kLoaded };
  /// One attempt to load it, for those who wait.
  struct Attempt {
    bool over = false;
    std::optional<Error> failure;
  };

  std::vector<CandidateId> candidates;  ///< its views
  State state = State::kAbsent;
  std::shared_ptr<Attempt> attempt;  ///< while loading
  Nanoseconds loading_since{0};
  std::string file;                      ///< once its checksum has been found right
  std::optional<Error> damage;           ///< once it has been found wrong; written only while loading
  std::vector<CandidateRunner> runners;  ///< by position in `candidates`, over one session; empty unless loaded
  std::int64_t file_bytes = 0;           ///< what loading it takes for a moment, beside `bytes`
  std::int64_t bytes = 0;
  bool bytes_known = false;
  double share = 0;
  std::int64_t last_used = 0;
  int uses = 0;
  std::atomic<bool> refuses_batches{false};
  std::mutex turn;

  ResidentDnn Described() const {
    const auto loaded = uses > 0 ? ResidentDnn::State::kInUse : ResidentDnn::State::kIdle;
    return {state == State::kAbsent    ? ResidentDnn::State::kAbsent
            : state == State::kLoading ? ResidentDnn::State::kLoading
                                       : loaded,
            bytes, share, last_used};
  }
};

CandidateStore::CandidateStore(const Bundle& bundle, std::vector<Placement> placements, const Clock& clock)
    : bundle_(&bundle), placements_(std::move(placements)), clock_(&clock) {
  std::map<std::pair<std::string, std::string>, std::size_t> by_file;
  const auto& candidates = bundle.manifest().candidates;
  if (bundle.feature_dnn_card() != nullptr && placements_.size() > candidates.size()) {
    feature_dnn_ = std::make_shared<SharedFeatureDnn>(bundle, placements_.back());
  }
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const auto [at, is_new] = by_file.emplace(std::pair(candidates[c].folder, candidates[c].sha256), units_.size());
    if (is_new) units_.push_back(std::make_unique<Unit>());
    Unit& unit = *units_[at->second];
    unit_of_.push_back(at->second);
    unit.candidates.push_back(static_cast<CandidateId>(c));
    const CandidateCost* cost = PlanningCost(candidates[c]);
    if (cost == nullptr || cost->resident_bytes <= 0) continue;
    // Of two views the one that was profiled first may have been charged what the back end takes for itself.
    unit.bytes = unit.bytes == 0 ? cost->resident_bytes : std::min(unit.bytes, cost->resident_bytes);
  }
  for (const auto& unit : units_) {
    unit->file_bytes = DnnBytes(bundle.CandidateDnn(unit->candidates.front()));
    unit->bytes_known = unit->bytes > 0;
    if (!unit->bytes_known) unit->bytes = unit->file_bytes;
  }
}

CandidateStore::~CandidateStore() {
  std::thread loader;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    loader = std::move(loader_);
    changed_.WakeAll();
  }
  if (loader.joinable()) loader.join();
}

CandidateStore::Use::Use(Use&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), unit_(other.unit_), runner_(other.runner_), load_(other.load_) {}

CandidateStore::Use::~Use() {
  if (store_ != nullptr) store_->Release(*unit_);
}

Result<Nanoseconds> CandidateStore::Use::Infer(std::span<const std::byte> tensors, int batch,
                                               std::vector<float>& raw) const {
  const auto turn = runner_->concurrent() ? std::unique_lock<std::mutex>() : std::unique_lock(unit_->turn);
  const Nanoseconds start = store_->clock_->Now();
  AMSEL_RETURN_IF_ERROR(runner_->InferBatch(tensors, batch, raw));
  return store_->clock_->Now() - start;
}

bool CandidateStore::Use::takes_batches() const {
  return runner_->takes_batches() && !unit_->refuses_batches;
}

void CandidateStore::Use::RefuseBatches() const {
  unit_->refuses_batches = true;
}

void CandidateStore::Release(Unit& unit) {
  const MutexLock lock(mutex_);
  --unit.uses;
  unit.last_used = ++tick_;
  if (allowance_ && unit.uses == 0) changed_.WakeAll();
}

Result<CandidateStore::Use> CandidateStore::Get(CandidateId id, std::optional<Nanoseconds> patience) {
  Unit& unit = UnitOf(id);
  const auto until = std::chrono::steady_clock::now() + std::max(patience.value_or(Nanoseconds(0)), Nanoseconds(0));
  const MutexLock lock(mutex_);
  const bool there = unit.state == Unit::State::kLoaded;
  const Nanoseconds asked = there ? Nanoseconds(0) : clock_->Now();
  const auto wait = [&]() AMSEL_REQUIRES(mutex_) {
    if (patience) return changed_.WaitUntil(mutex_, until);
    changed_.Wait(mutex_);
    return true;
  };
  while (unit.state != Unit::State::kLoaded) {
    if (unit.state == Unit::State::kLoading) {
      const std::shared_ptr<Unit::Attempt> attempt = unit.attempt;
      while (!attempt->over) {
        if (!wait() && !attempt->over) return RuntimeFailure("was still being loaded when time was up");
      }
      if (attempt->failure) return *attempt->failure;
      continue;
    }
    if (unit.damage) return *unit.damage;
    Leaving leaving;
    if (allowance_ && unit.bytes > *allowance_) return RuntimeFailure(kDoesNotFit);
    if (MakeRoom(unit, /*only_less_useful=*/false, leaving)) {
      AMSEL_RETURN_IF_ERROR(LoadHere(unit, std::move(leaving)));
      continue;
    }
    while (unit.state == Unit::State::kAbsent && !RoomWithoutIdle(unit)) {
      if (!wait() && unit.state == Unit::State::kAbsent && !RoomWithoutIdle(unit)) {
        return RuntimeFailure("others were running what would have had to leave memory when time was up");
      }
    }
  }
  ++unit.uses;
  const auto view = std::find(unit.candidates.begin(), unit.candidates.end(), id) - unit.candidates.begin();
  return Use(*this, unit, unit.runners[static_cast<std::size_t>(view)], there ? Nanoseconds(0) : clock_->Now() - asked);
}

void CandidateStore::LoadAll() {
  std::vector<std::size_t> order;
  {
    const MutexLock lock(mutex_);
    order = MostUsefulTogether(Described(), allowance_);
  }
  // What fails here fails again, and is reported, when the candidate is wanted.
  for (const std::size_t at : order) static_cast<void>(Get(units_[at]->candidates.front()).ok());
}

std::optional<Nanoseconds> CandidateStore::TimeToLoad(CandidateId id) const {
  const Unit& unit = UnitOf(id);
  const CandidateCost* cost = PlanningCost(bundle_->manifest().candidates[static_cast<std::size_t>(id)]);
  const MutexLock lock(mutex_);
  if (unit.state == Unit::State::kLoaded) return Nanoseconds(0);
  if (cost == nullptr) return {};
  const Nanoseconds planned = FromMilliseconds(cost->load_ms);
  if (unit.state == Unit::State::kLoading) {
    const Nanoseconds left = planned - (clock_->Now() - unit.loading_since);
    return left > Nanoseconds(0) ? left : planned;  // it is late already: nothing is known but the plan
  }
  if (!RoomWithoutIdle(unit)) return {};
  return planned;
}

void CandidateStore::Want(CandidateId id) {
  Unit& unit = UnitOf(id);
  const MutexLock lock(mutex_);
  if (unit.state != Unit::State::kAbsent || unit.damage || (allowance_ && unit.bytes > *allowance_)) return;
  if (std::find(wanted_.begin(), wanted_.end(), &unit) != wanted_.end()) return;
  wanted_.push_back(&unit);
  if (!loader_.joinable()) loader_ = std::thread([this] { LoadWanted(); });
  changed_.WakeAll();
}

void CandidateStore::LoadWanted() {
  const MutexLock lock(mutex_);
  for (;;) {
    while (wanted_.empty() && !stopping_) changed_.Wait(mutex_);
    if (stopping_) return;
    Unit& unit = *wanted_.front();
    Leaving leaving;
    if (unit.state == Unit::State::kAbsent && MakeRoom(unit, /*only_less_useful=*/true, leaving)) {
      // A failure is told to whoever asks for the candidate itself.
      static_cast<void>(LoadHere(unit, std::move(leaving)));
    }
    wanted_.erase(std::find(wanted_.begin(), wanted_.end(), &unit));
  }
}

void CandidateStore::SetAllowance(std::int64_t bytes, std::int64_t base) {
  const MutexLock lock(mutex_);
  allowance_ = bytes;
  base_ = base;
}

std::int64_t CandidateStore::BytesOf(CandidateId id) const {
  const MutexLock lock(mutex_);
  return UnitOf(id).bytes;
}

bool CandidateStore::Fits(CandidateId id) const {
  return !allowance_ || BytesOf(id) <= *allowance_;
}

void CandidateStore::SetShares(const std::vector<double>& share) {
  const MutexLock lock(mutex_);
  for (const auto& unit : units_) unit->share = 0;
  for (std::size_t c = 0; c < share.size(); ++c) units_[unit_of_[c]]->share += share[c];
}

bool CandidateStore::Loaded(CandidateId id) const {
  const MutexLock lock(mutex_);
  return UnitOf(id).state == Unit::State::kLoaded;
}

const std::vector<ResidentDnn>& CandidateStore::Described() const {
  described_.clear();
  for (const auto& unit : units_) described_.push_back(unit->Described());
  return described_;
}

std::size_t CandidateStore::PositionOf(const Unit& unit) const {
  return unit_of_[static_cast<std::size_t>(unit.candidates.front())];
}

bool CandidateStore::RoomWithoutIdle(const Unit& wanted) const {
  return !allowance_ || FitsBesideBusy(Described(), PositionOf(wanted), *allowance_);
}

/// Dismisses idle units until `wanted` fits beside the rest, or none: then false.
bool CandidateStore::MakeRoom(const Unit& wanted, bool only_less_useful, Leaving& leaving) {
  if (!allowance_) return true;
  std::int64_t loaded = 0;
  for (const auto& unit : units_) loaded += unit->state == Unit::State::kLoaded ? unit->bytes : 0;
  const std::int64_t unexplained = std::max<std::int64_t>(ResidentBytes() - base_ - loaded, 0);
  const auto who =
      WhoLeaves(Described(), {PositionOf(wanted), *allowance_, unexplained + wanted.file_bytes, only_less_useful});
  if (!who) return false;
  for (const std::size_t at : *who) {
    units_[at]->state = Unit::State::kAbsent;
    leaving.push_back(std::exchange(units_[at]->runners, {}));
  }
  return true;
}

/// Loads with the lock released; it is held again at the end. Without a failure the unit is loaded, or absent where it
/// was found to need more room than there is now.
Status CandidateStore::LoadHere(Unit& unit, Leaving leaving) {
  unit.state = Unit::State::kLoading;
  const auto attempt = unit.attempt = std::make_shared<Unit::Attempt>();
  unit.loading_since = clock_->Now();
  std::int64_t measured = 0;
  Result<std::vector<CandidateRunner>> runners = std::vector<CandidateRunner>();
  {
    const MutexUnlock meanwhile(mutex_);
    leaving.clear();
    if (allowance_) ReturnFreedMemory();
    const std::int64_t before = ResidentBytes();
    runners = OpenRunners(unit);
    if (allowance_) ReturnFreedMemory();  // what loading needed beside the candidate
    measured = ResidentBytes() - before;
  }
  if (runners.ok()) {
    unit.runners = std::move(*runners);
    Learn(unit, measured, leaving);
  } else {
    attempt->failure = runners.error();
  }
  // Found larger than thought: what the budget holds alone waits until those that run make room.
  const bool dismissed = unit.runners.empty();
  if (!attempt->failure && dismissed && unit.bytes > *allowance_) attempt->failure = RuntimeFailure(kDoesNotFit);
  unit.state = dismissed ? Unit::State::kAbsent : Unit::State::kLoaded;
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

/// Takes note of what a candidate was measured to take, where that was not known: whoever is over the budget then
/// leaves.
void CandidateStore::Learn(Unit& unit, std::int64_t measured, Leaving& leaving) {
  if (unit.bytes_known) return;
  unit.bytes = std::max(unit.bytes, measured);
  unit.bytes_known = true;
  if (!MakeRoom(unit, /*only_less_useful=*/false, leaving)) leaving.push_back(std::exchange(unit.runners, {}));
}

Result<std::vector<CandidateRunner>> CandidateStore::OpenRunners(Unit& unit) const {
  try {
    if (unit.file.empty()) {
      const CandidateId first = unit.candidates.front();
      AMSEL_ASSIGN_OR_RETURN(const std::string damaged,
                             bundle_->DamagedFile(first));  // what cannot be read may be later
      if (!damaged.empty()) {
        unit.damage = BadInput(damaged + ": the bundle is damaged, or was changed since it was opened");
        return *unit.damage;
      }
      unit.file = bundle_->ModelFile(first);
    }
    const Placement& placement = placements_[static_cast<std::size_t>(unit.candidates.front())];
    AMSEL_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session,
                           placement.backend->Open(unit.file, placement.options));
    std::vector<CandidateRunner> runners;
    for (const CandidateId id : unit.candidates) {
      AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                             CandidateRunner::Over(session, unit.file, bundle_->card(id), bundle_->manifest().classes));
      runners.push_back(std::move(runner));
    }
    return runners;
  } catch (const std::bad_alloc&) {  // whoever waits for the candidate must hear of it
    return RuntimeFailure("no memory left");
  } catch (const std::exception& fault) {
    return RuntimeFailure(std::string("cannot be loaded: ") + fault.what());
  }
}

}  // namespace amsel
