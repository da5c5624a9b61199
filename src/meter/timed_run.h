// How long a run took, how much of that the processors worked for it, and which runs other programs disturbed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"

namespace amsel {

/// One run that was timed.
struct TimedRun {
  Nanoseconds wall{0};
  std::optional<Nanoseconds> cpu{};  ///< of all threads of the process; absent where it is not known
  std::int64_t preemptions = 0;      ///< involuntary context switches of the process within the run
};

/// Times one run, from its making to Stop().
class RunTimer {
 public:
  /// Without `on_cpu`, what the processors do says nothing of the run, and is not recorded. `clock` must outlive it.
  RunTimer(const Clock& clock, bool on_cpu)
      : clock_(&clock), before_(on_cpu ? clock.Used() : std::nullopt), start_(clock.Now()) {}

  TimedRun Stop() const;

 private:
  const Clock* clock_;
  std::optional<ProcessorUse> before_;
  Nanoseconds start_;
};

/// Fewer undisturbed runs than this are not enough to go by alone.
inline constexpr std::size_t kFewestUndisturbed = 30;

/// More disturbed ones, as a share, are worth a warning.
inline constexpr double kManyDisturbed = 0.1;

/// What several runs of one candidate say of one that nobody disturbs.
struct UndisturbedTimes {
  std::vector<char> disturbed;  ///< per run
  std::vector<double> ms;       ///< per run: what it counts with; of disturbed ones only with by_cpu_time
  bool by_cpu_time = false;     ///< too few were undisturbed: CPU time by threads at work stands for wall time, in all

  /// Whether run `i` counts.
  bool Counts(std::size_t i) const { return by_cpu_time || disturbed[i] == 0; }
  std::size_t disturbed_count() const;
  /// Of the runs that count; 0 where there is none.
  double MeanMs() const;
};

/// Of runs with so many threads. A run waited as long as its wall time exceeds its CPU time by the threads at work: 1
/// for one thread, else what nine in ten of the runs without a preemption keep below. It was disturbed if it was
/// preempted and waited for more than 2 % of its wall time, or waited for more than 10 % without; every system switches
/// now and then for next to nothing, and clocks are not read at quite the same moment. Runs whose CPU time is not known
/// count as undisturbed.
UndisturbedTimes Undisturbed(std::span<const TimedRun> runs, int threads);

/// Time right after another candidate by time warm, from pairs of runs that are close to each other: the ratio of their
/// sums over pairs of which neither run was disturbed, of CPU times where there are too few of these. At least 1, as
/// cold caches speed nothing up, and 1 where there is no pair.
double AfterFactor(std::span<const TimedRun> after, std::span<const TimedRun> again, int threads);

/// "12 % of the timed runs were disturbed by other programs".
std::string DisturbedText(double share);

/// Of work on one thread: its wall time, where it was disturbed its CPU time.
Nanoseconds TimeOfOneThread(const TimedRun& run);

}  // namespace amsel
