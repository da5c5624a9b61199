// What a profile says things cost, and how often its candidates failed.
#include <algorithm>

#include "profile/table_loader.h"

namespace amsel {
namespace {

void TakeTimesOf(std::size_t c, std::span<const TimedRun> runs, ProfileTable& table) {
  CandidateOrigin& origin = table.profiled[c];
  std::vector<std::size_t> answered;
  std::vector<TimedRun> timed;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (table.Failed(c, i)) continue;
    answered.push_back(i);
    timed.push_back(runs[i]);
    origin.knows_cpu_time = origin.knows_cpu_time || runs[i].cpu.has_value();
  }
  const UndisturbedTimes times = Undisturbed(timed, origin.config.threads);
  origin.disturbed = times.disturbed_count();
  origin.by_cpu_time = times.by_cpu_time;
  const std::size_t first = c * table.image_count();
  double preprocess_sum = 0;
  for (std::size_t n = 0; n < answered.size(); ++n) {
    const std::size_t at = first + answered[n];
    preprocess_sum += table.preprocess_ms[at];
    if (!times.Counts(n)) continue;
    table.inference_ms[at] = static_cast<float>(times.ms[n]);
    table.stands_in[at] = 0;
  }
  table.mean_preprocess_ms.push_back(preprocess_sum / static_cast<double>(answered.size()));
  table.mean_inference_ms.push_back(times.MeanMs());
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const std::size_t at = first + i;
    if (table.stands_in[at] != 0) table.inference_ms[at] = static_cast<float>(table.mean_inference_ms.back());
    if (table.Failed(c, i)) table.preprocess_ms[at] = static_cast<float>(table.mean_preprocess_ms.back());
  }
}

}  // namespace

void TakeTimes(const std::vector<TimedRun>& runs, ProfileTable& table) {
  table.inference_ms.assign(runs.size(), 0);
  table.stands_in.assign(runs.size(), 1);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    TakeTimesOf(c, std::span(runs).subspan(c * table.image_count(), table.image_count()), table);
  }
}

void TakeAfterRuns(const std::vector<std::vector<StoredAfterRun>>& by_candidate, ProfileTable& table) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    std::vector<TimedRun> after;
    std::vector<TimedRun> again;
    for (const StoredAfterRun& run : by_candidate[c]) {
      after.push_back(run.after);
      again.push_back(run.again);
    }
    table.has_after_runs.push_back(after.empty() ? 0 : 1);
    table.after_factors.push_back(AfterFactor(after, again, table.profiled[c].config.threads));
  }
}

std::vector<std::string> ProfileTable::NamesByCpuTime() const {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    if (profiled[c].by_cpu_time) names.push_back(candidates[c].name);
  }
  return names;
}

std::size_t ProfileTable::disturbed_count() const {
  std::size_t disturbed = 0;
  for (const CandidateOrigin& origin : profiled) disturbed += origin.disturbed;
  return disturbed;
}

std::optional<double> ProfileTable::disturbed_share() const {
  const bool known = std::any_of(profiled.begin(), profiled.end(),
                                 [](const CandidateOrigin& origin) { return origin.knows_cpu_time; });
  if (!known) return {};
  return static_cast<double>(disturbed_count()) / static_cast<double>(ranks.size() - failed_count());
}

std::size_t ProfileTable::failed_count() const {
  return static_cast<std::size_t>(std::count(ranks.begin(), ranks.end(), kNoRank));
}

std::size_t ProfileTable::FailedOf(std::size_t c) const {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < image_count(); ++i) failed += Failed(c, i) ? 1 : 0;
  return failed;
}

}  // namespace amsel
