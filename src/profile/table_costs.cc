// What a profile says things cost, and how often its candidates failed.
#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>

#include "features/features.h"
#include "features/premodel_features.h"
#include "profile/table.h"
#include "stats/metrics.h"

namespace amsel {
void ProfileTable::TakeTimesOf(std::size_t c, std::span<const TimedRun> runs) {
  std::vector<std::size_t> answered;
  std::vector<TimedRun> timed;
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (Failed(c, i)) continue;
    answered.push_back(i);
    timed.push_back(runs[i]);
    knows_cpu_time_ = knows_cpu_time_ || runs[i].cpu.has_value();
  }
  const UndisturbedTimes times = Undisturbed(timed, candidates[c].config.threads);
  disturbed_.push_back(times.disturbed_count());
  by_cpu_time_.push_back(times.by_cpu_time ? 1 : 0);
  const std::size_t first = c * input_count();
  double preprocess_ms = 0;
  for (std::size_t n = 0; n < answered.size(); ++n) {
    const std::size_t at = first + answered[n];
    preprocess_ms += preprocess_ms_[at];
    if (!times.Counts(n)) continue;
    inference_ms_[at] = static_cast<float>(times.ms[n]);
    stands_in_[at] = 0;
  }
  mean_preprocess_ms_.push_back(preprocess_ms / static_cast<double>(answered.size()));
  mean_inference_ms_.push_back(times.MeanMs());
  for (std::size_t at = first; at < first + input_count(); ++at) {
    if (stands_in_[at] != 0) inference_ms_[at] = static_cast<float>(mean_inference_ms_.back());
  }
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (Failed(c, i)) preprocess_ms_[first + i] = static_cast<float>(mean_preprocess_ms_.back());
  }
}

void ProfileTable::TakeTimes(const std::vector<TimedRun>& runs) {
  inference_ms_.assign(runs.size(), 0);
  stands_in_.assign(runs.size(), 1);
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    TakeTimesOf(c, std::span(runs).subspan(c * input_count(), input_count()));
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
    has_after_runs_.push_back(after.empty() ? 0 : 1);
    after_factors_.push_back(AfterFactor(after, again, candidates[c].config.threads));
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
         static_cast<double>(candidate_count() * input_count() - failed_count_);
}

double ProfileTable::InferenceQuantileMs(std::size_t c, double share) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (stands_in_[c * input_count() + i] == 0) values.push_back(InferenceMs(c, i));
  }
  return Quantile(values, share);
}

std::size_t ProfileTable::FailedOf(std::size_t c) const {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < input_count(); ++i) failed += Failed(c, i) ? 1 : 0;
  return failed;
}

double ProfileTable::FeaturesCostMs(const std::vector<std::string>& names) const {
  const auto cost_of = [&](const std::string& name) {
    const auto it = std::find_if(feature_costs_ms_.begin(), feature_costs_ms_.end(),
                                 [&](const auto& cost) { return cost.first == name; });
    return it == feature_costs_ms_.end() ? 0 : it->second;
  };
  bool needed[kFeatureStageCount] = {};
  double cost = 0;
  for (const FeatureInfo& info : FeatureRegistry()) {
    if (std::find(names.begin(), names.end(), info.name) == names.end()) continue;
    cost += cost_of(info.name);
    for (const FeatureStage stage : info.stages) needed[static_cast<int>(stage)] = true;
  }
  const std::vector<std::string> of_premodel = PremodelFeaturesIn(names);
  for (const std::string& name : of_premodel) cost += cost_of(name);
  if (!of_premodel.empty()) cost += cost_of(kPremodelStage);
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {
    if (needed[stage]) cost += cost_of(FeatureStageName(static_cast<FeatureStage>(stage)));
  }
  return cost;
}

double ProfileTable::MeanPathMs(std::span<const std::size_t> path, bool begins_warm) const {
  const bool warm = begins_warm && path.size() == 1;
  double sum = 0;
  for (const std::size_t c : path) sum += warm ? MeanInferenceMs(c) : MeanInferenceAfterMs(c);
  for (const std::size_t c : Preparing(path)) sum += MeanPreprocessMs(c);
  return sum;
}

double ProfileTable::PathMs(std::span<const std::size_t> path, std::size_t i, bool begins_warm) const {
  const bool warm = begins_warm && path.size() == 1;
  double sum = 0;
  for (const std::size_t c : path) sum += warm ? InferenceMs(c, i) : InferenceAfterMs(c, i);
  for (const std::size_t c : Preparing(path)) sum += PreprocessMs(c, i);
  return sum;
}

std::vector<std::size_t> ProfileTable::Preparing(std::span<const std::size_t> path) const {
  std::set<std::string_view> prepared;
  std::vector<std::size_t> preparing;
  for (const std::size_t c : path) {
    if (prepared.insert(candidates[c].preprocess_key).second) preparing.push_back(c);
  }
  return preparing;
}

std::vector<int> ProfileTable::PreprocessGroups() const {
  std::vector<std::string> keys;
  std::vector<int> numbers;
  for (const ProfiledCandidateInfo& candidate : candidates) {
    const auto known = std::find(keys.begin(), keys.end(), candidate.preprocess_key) - keys.begin();
    if (known == static_cast<std::ptrdiff_t>(keys.size())) keys.push_back(candidate.preprocess_key);
    numbers.push_back(static_cast<int>(known));
  }
  return numbers;
}

}  // namespace amsel
