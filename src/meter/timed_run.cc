#include "meter/timed_run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stats/metrics.h"

namespace amsel {
namespace {

constexpr double kWaitsIfPreempted = 0.02;  // of wall time
constexpr double kWaits = 0.1;
constexpr double kUsual = 0.9;
constexpr double kLeastAtWork = 1e-3;  // of a process that only waits

/// CPU time by wall time: how many threads worked, in the mean over the run.
double AtWork(const TimedRun& run) {
  return run.wall.count() > 0 ? Milliseconds(*run.cpu) / Milliseconds(run.wall) : 0;
}

/// Of runs in which nobody waited; of all where each was preempted.
double ThreadsAtWork(std::span<const TimedRun> runs, int threads) {
  if (threads <= 1) return 1;
  std::vector<double> unpreempted;
  std::vector<double> all;
  for (const TimedRun& run : runs) {
    if (!run.cpu || run.wall.count() <= 0) continue;
    all.push_back(AtWork(run));
    if (run.preemptions == 0) unpreempted.push_back(all.back());
  }
  if (all.empty()) return threads;
  return std::max(Quantile(unpreempted.empty() ? all : unpreempted, kUsual), kLeastAtWork);
}

bool IsDisturbed(const TimedRun& run, double at_work) {
  if (!run.cpu) return false;
  const double waited = Milliseconds(run.wall) - Milliseconds(*run.cpu) / at_work;
  return waited > (run.preemptions > 0 ? kWaitsIfPreempted : kWaits) * Milliseconds(run.wall);
}

}  // namespace

TimedRun RunTimer::Stop() const {
  TimedRun run{clock_->Now() - start_, {}, 0};
  const std::optional<ProcessorUse> after = before_ ? clock_->Used() : std::nullopt;
  if (!after) return run;
  run.cpu = after->time - before_->time;
  run.preemptions = after->preemptions - before_->preemptions;
  return run;
}

double UndisturbedTimes::MeanMs() const {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < ms.size(); ++i) {
    sum += Counts(i) ? ms[i] : 0;
    count += Counts(i) ? 1 : 0;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

std::size_t UndisturbedTimes::disturbed_count() const {
  return static_cast<std::size_t>(std::count_if(disturbed.begin(), disturbed.end(), [](char one) { return one != 0; }));
}

UndisturbedTimes Undisturbed(std::span<const TimedRun> runs, int threads) {
  const double at_work = ThreadsAtWork(runs, threads);
  UndisturbedTimes times;
  for (const TimedRun& run : runs) {
    times.disturbed.push_back(IsDisturbed(run, at_work) ? 1 : 0);
    times.ms.push_back(Milliseconds(run.wall));
  }
  const std::size_t disturbed = times.disturbed_count();
  times.by_cpu_time = disturbed > 0 && runs.size() - disturbed < kFewestUndisturbed;
  for (std::size_t i = 0; times.by_cpu_time && i < runs.size(); ++i) {
    if (runs[i].cpu) times.ms[i] = Milliseconds(*runs[i].cpu) / at_work;
  }
  return times;
}

double AfterFactor(std::span<const TimedRun> after, std::span<const TimedRun> again, int threads) {
  const UndisturbedTimes cold = Undisturbed(after, threads);
  const UndisturbedTimes warm = Undisturbed(again, threads);
  const auto ratio = [&](const auto& counts, const auto& ms_of) {
    double cold_ms = 0;
    double warm_ms = 0;
    std::size_t pairs = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (!counts(i)) continue;
      cold_ms += ms_of(after[i]);
      warm_ms += ms_of(again[i]);
      ++pairs;
    }
    return std::pair(warm_ms > 0 ? std::max(cold_ms / warm_ms, 1.0) : 1, pairs);
  };
  const auto [by_wall, undisturbed] =
      ratio([&](std::size_t i) { return cold.disturbed[i] == 0 && warm.disturbed[i] == 0; },
            [](const TimedRun& run) { return Milliseconds(run.wall); });
  if (undisturbed >= std::min(kFewestUndisturbed, after.size())) return by_wall;
  return ratio([&](std::size_t i) { return after[i].cpu && again[i].cpu; },
               [](const TimedRun& run) { return Milliseconds(*run.cpu); })
      .first;
}

std::string DisturbedText(double share) {
  return std::to_string(std::llround(100 * share)) + " % of the timed runs were disturbed by other programs";
}

Nanoseconds TimeOfOneThread(const TimedRun& run) {
  return IsDisturbed(run, 1) ? *run.cpu : run.wall;
}

}  // namespace amsel
