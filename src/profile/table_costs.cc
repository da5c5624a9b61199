// What a profile says things cost, and how often its candidates failed.
#include <algorithm>
#include <numeric>
#include <set>

#include "features/features.h"
#include "features/premodel_features.h"
#include "profile/table.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

double MeanOf(std::span<const float> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void ProfileTable::TakeMeans() {
  for (std::size_t c = 0; c < candidate_count(); ++c) {
    mean_preprocess_ms_.push_back(MeanOf(std::span(preprocess_ms_).subspan(c * input_count(), input_count())));
    mean_inference_ms_.push_back(MeanOf(std::span(inference_ms_).subspan(c * input_count(), input_count())));
  }
}

double ProfileTable::InferenceQuantileMs(std::size_t c, double share) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < input_count(); ++i) {
    if (!Failed(c, i)) values.push_back(InferenceMs(c, i));
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

double ProfileTable::MeanPathMs(std::span<const std::size_t> path) const {
  std::set<std::string> prepared;
  double sum = 0;
  for (const std::size_t c : path) {
    sum += MeanInferenceMs(c) + (prepared.insert(candidates[c].preprocess_key).second ? MeanPreprocessMs(c) : 0);
  }
  return sum;
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
