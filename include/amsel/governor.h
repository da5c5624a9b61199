// The governor: keeps a target by moving among the operating points of a bundle while images are answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "amsel/engine.h"
#include "amsel/result.h"

namespace amsel {

/// What to hold, and how. Targets combine: all that are given shall hold.
struct GovernorOptions {
  using Time = OperatingLimits::Time;

  std::optional<Time> mean_latency;         ///< mean time of an answer, decoding left out
  std::optional<double> frames_per_second;  ///< images that one thread shall be able to answer, decoding left out
  std::optional<double> watts;              ///< mean power, as told by ObserveWatts

  double min_accuracy = 0;                  ///< points with a lower planned top-1 accuracy (in 0..1) are never used
  bool as_accurate_as_single_best = false;  ///< nor those below the single best in training
  bool certified_only = true;               ///< points without a certificate that holds are never used
  bool savers = false;  ///< points named `saver-`…, which are not as accurate as the single best, may be used

  double hysteresis = 0.1;  ///< a more accurate point must leave this share of each target free
  std::chrono::nanoseconds dwell = std::chrono::seconds(2);  ///< at least so long between a move and one upwards
  std::chrono::nanoseconds forget =
      std::chrono::seconds(30);  ///< what was slow and is not used now is tried again after
  std::size_t settle = 16;       ///< answers after a move before the next
};

/// Learns from each answer how much slower or faster than planned each candidate runs now, predicts from that the mean
/// time of every point, and chooses the most accurate that keeps the targets; the fastest where none does. A point is
/// left as soon as it breaks a target. A more accurate one is taken only when it leaves some room (`hysteresis`) and
/// has stood long enough; each time that turns out too early, the wait before the next doubles, up to 64 times.
/// Has no clock and no meter: it is told. One thread at a time.
class Governor {
 public:
  /// For the points of `engine`'s bundle that its memory budget, if any, lets it take, starting from its present one.
  /// Usage error without a target, with one that is not positive, a `hysteresis` outside [0, 1), a negative `dwell`, a
  /// `forget` that is not positive, or when no point is accurate enough, certified or
  /// within the budget (the message says which limit left none).
  static Result<Governor> Create(const Engine& engine, const GovernorOptions& options);

  ~Governor();
  Governor(Governor&&) noexcept;
  Governor& operator=(Governor&&) noexcept;

  /// Tells of an answer, given at `now` (any steady clock). Answers that waited for a candidate to load, and degraded
  /// ones, teach nothing.
  void Observe(std::chrono::nanoseconds now, const Answer& answer);
  /// Tells the mean power since it was last told.
  void ObserveWatts(std::chrono::nanoseconds now, double watts);

  /// The engine did not take point() and stays at `present`, where the governor was before: it does not choose that
  /// point again.
  void Refused(const std::string& present);

  /// The point to answer at from now on: for Engine::SetOperatingPoint.
  const std::string& point() const;
  /// Whether no point that may be used is thought to keep the targets.
  bool overloaded() const;
  /// How often it has moved.
  std::size_t moves() const;

  class Core;

 private:
  explicit Governor(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace amsel
