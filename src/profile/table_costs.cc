// What a profile says things cost, and how often its candidates failed.
#include <algorithm>
#include <numeric>

#include "profile/table.h"

namespace amsel {
void ProfileTable::TakeTimesOf(std::size_t c, std::span<const TimedRun> runs) {
  std::vector<std::size_t> answered;
  std::vector<TimedRun> timed;
  for (std::size_t i = 0; i < image_count(); ++i) {
    if (Failed(c, i)) continue;
    answered.push_back(i);
    timed.push_back(runs[i]);
    knows_cpu_time_ = knows_cpu_time_ || runs[i].cpu.has_value();
  }
  const UndisturbedTimes times = Undisturbed(timed, profiled[c].config.threads);
  disturbed_.push_back(times.disturbed_count());
  by_cpu_time_.push_back(times.by_cpu_time ? 1 : 0);
  const std::size_t first = c * image_count();
  double preprocess_sum = 0;
  for (std::size_t n = 0; n < answered.size(); ++n) {
    const std::size_t at = first + answered[n];
    preprocess_sum += preprocess_ms[at];
    if (!times.Counts(n)) continue;
    inference_ms[at] = static_cast<float>(times.ms[n]);
    stands_in[at] = 0;
  }
  mean_preprocess_ms.push_back(preprocess_sum / static_cast<double>(answered.size()));
  mean_inference_ms.push_back(times.MeanMs());
  for (std::size_t at = first; at < first + image_count(); ++at) {
    if (stands_in[at] != 0) inference_ms[at] = static_cast<float>(mean_inference_ms.back());
  }
  for (std::size_t i = 0; i < image_count(); ++i) {
    if (Failed(c, i)) preprocess_ms[first + i] = static_cast<float>(mean_preprocess_ms.back());
  }
}

void ProfileTable::TakeTimes(const std::vector<TimedRun>& runs) {
  inference_ms.assign(runs.size(), 0);
  stands_in.assign(runs.size(), 1);
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    TakeTimesOf(c, std::span(runs).subspan(c * image_count(), image_count()));
  }
}

void ProfileTable::TakeAfterRuns(const std::vector<std::vector<StoredAfterRun>>& by_candidate) {
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    std::vector<TimedRun> after;
    std::vector<TimedRun> again;
    for (const StoredAfterRun& run : by_candidate[c]) {
      after.push_back(run.after);
      again.push_back(run.again);
    }
    has_after_runs.push_back(after.empty() ? 0 : 1);
    after_factors.push_back(AfterFactor(after, again, profiled[c].config.threads));
  }
}

std::vector<std::string> ProfileTable::NamesByCpuTime() const {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    if (ByCpuTime(c)) names.push_back(candidates[c].name);
  }
  return names;
}

std::size_t ProfileTable::disturbed_count() const {
  return std::accumulate(disturbed_.begin(), disturbed_.end(), std::size_t{0});
}

std::optional<double> ProfileTable::disturbed_share() const {
  if (!knows_cpu_time_) return {};
  return static_cast<double>(disturbed_count()) /
         static_cast<double>(candidate_count() * image_count() - failed_count_);
}

std::size_t ProfileTable::FailedOf(std::size_t c) const {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < image_count(); ++i) failed += Failed(c, i) ? 1 : 0;
  return failed;
}

}  // namespace amsel
