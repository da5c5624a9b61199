// A governor at the helm of an engine.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "amsel/engine.h"
#include "amsel/governor.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace amsel {

/// Tells a governor of an engine's answers, and takes the engine to the points that it chooses; also back, where
/// someone else has moved it. Thread-safe.
class GovernedEngine {
 public:
  /// Moves the engine to the governor's first point. Errors: those of Governor::Create. Both references must outlive
  /// it.
  static Result<std::unique_ptr<GovernedEngine>> Start(Engine& engine, const GovernorOptions& options,
                                                       const Clock& clock);

  /// Error when the engine refused to move; then it stays where it was, and that point is not chosen again.
  Status Saw(const Answer& answer);
  /// The same, told the mean power since it was last told.
  Status SawWatts(double watts);

  std::string point() const;
  bool overloaded() const;
  std::size_t moves() const;

 private:
  GovernedEngine(Engine& engine, Governor governor, const Clock& clock)
      : engine_(engine), clock_(clock), governor_(std::move(governor)) {}
  Status Follow(const std::string& before) AMSEL_REQUIRES(mutex_);

  Engine& engine_;
  const Clock& clock_;
  mutable Mutex mutex_;  ///< held while the engine moves: the governor's point and the engine's change together
  Governor governor_ AMSEL_GUARDED_BY(mutex_);
};

}  // namespace amsel
