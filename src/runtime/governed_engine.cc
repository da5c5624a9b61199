#include "runtime/governed_engine.h"

#include "base/status_macros.h"

namespace amsel {

Result<std::unique_ptr<GovernedEngine>> GovernedEngine::Start(Engine& engine, const GovernorOptions& options,
                                                              const Clock& clock) {
  AMSEL_ASSIGN_OR_RETURN(Governor governor, Governor::Create(engine, options));
  AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(governor.point()));
  return std::unique_ptr<GovernedEngine>(new GovernedEngine(engine, std::move(governor), clock));
}

Status GovernedEngine::Follow(const std::string& before) {
  if (engine_.operating_point().name == governor_.point()) return {};
  Status moved = engine_.SetOperatingPoint(governor_.point());
  if (!moved.ok()) governor_.Refused(before);
  return moved;
}

Status GovernedEngine::Saw(const Answer& answer) {
  const MutexLock lock(mutex_);
  const std::string before = governor_.point();
  governor_.Observe(clock_.Now(), answer);
  return Follow(before);
}

Status GovernedEngine::SawWatts(double watts) {
  const MutexLock lock(mutex_);
  const std::string before = governor_.point();
  governor_.ObserveWatts(clock_.Now(), watts);
  return Follow(before);
}

std::string GovernedEngine::point() const {
  const MutexLock lock(mutex_);
  return governor_.point();
}

bool GovernedEngine::overloaded() const {
  const MutexLock lock(mutex_);
  return governor_.overloaded();
}

std::size_t GovernedEngine::moves() const {
  const MutexLock lock(mutex_);
  return governor_.moves();
}

}  // namespace amsel
