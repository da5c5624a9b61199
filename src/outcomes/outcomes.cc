#include "outcomes/outcomes.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "backend/canonical.h"
#include "base/half.h"
#include "base/sha256.h"
#include "features/dnn_features.h"
#include "features/features.h"
#include "stats/metrics.h"

namespace amsel {

bool Outcomes::HasConfidences() const {
  return HasOutputs() ||
         std::any_of(confidences.begin(), confidences.end(), [](float sure) { return !std::isnan(sure); });
}

bool Outcomes::HasPartialUtilities() const {
  return std::any_of(utilities.begin(), utilities.end(), [](float utility) { return utility > 0 && utility < 1; });
}

void Outcomes::LogProbsOf(std::size_t c, std::size_t i, std::span<float> out) const {
  if (!HasOutputs()) {
    const bool told = !confidences.empty() && !std::isnan(confidences[At(c, i)]);
    out.front() = CanonicalConfidence(told ? confidences[At(c, i)] : kSaysNothing);
    return;
  }
  const std::uint16_t* row = log_probs.data() + At(c, i) * out.size();
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = FromHalf(row[k]);
}

std::vector<float> Outcomes::ConfidencesOf(std::size_t c, Rows rows) const {
  std::vector<float> sure;
  if (!HasOutputs()) {
    if (confidences.empty() || std::isnan(confidences[At(c, 0)])) return sure;
    for (const std::size_t i : rows) sure.push_back(confidences[At(c, i)]);
    return sure;
  }
  std::vector<float> answer(static_cast<std::size_t>(classes()));
  for (const std::size_t i : rows) {
    LogProbsOf(c, i, answer);
    sure.push_back(std::exp(*std::max_element(answer.begin(), answer.end())));
  }
  return sure;
}

std::string Outcomes::ContentSha256(std::size_t i) const {
  return images[i].sha256.empty() ? Sha256Hex("key " + images[i].key) : images[i].sha256;
}

std::vector<float> Outcomes::MarginsOf(std::size_t c, Rows rows) const {
  std::vector<float> margins;
  if (!HasOutputs()) return margins;
  std::vector<float> answer(static_cast<std::size_t>(classes()));
  for (const std::size_t i : rows) {
    LogProbsOf(c, i, answer);
    std::partial_sort(answer.begin(), answer.begin() + std::min<std::ptrdiff_t>(2, std::ssize(answer)), answer.end(),
                      std::greater<>());
    margins.push_back(std::exp(answer[0]) - (answer.size() > 1 ? std::exp(answer[1]) : 0));
  }
  return margins;
}

double Outcomes::InferenceQuantileMs(std::size_t c, double share) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < image_count(); ++i) {
    if (stands_in[At(c, i)] == 0) values.push_back(InferenceMs(c, i));
  }
  return Quantile(values, share);
}

std::vector<std::string> Outcomes::DnnFeatures() const {
  std::vector<std::string> names = DnnFeaturesIn(feature_names);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return DnnValueOf(a) < DnnValueOf(b); });
  return names;
}

double Outcomes::FeaturesCostMs(const std::vector<std::string>& names) const {
  const auto cost_of = [&](const std::string& name) {
    const auto it = std::find_if(feature_costs_ms.begin(), feature_costs_ms.end(),
                                 [&](const auto& cost) { return cost.first == name; });
    return it == feature_costs_ms.end() ? 0 : it->second;
  };
  bool needed[kFeatureStageCount] = {};
  double cost = 0;
  for (const FeatureInfo& info : FeatureRegistry()) {
    if (std::find(names.begin(), names.end(), info.name) == names.end()) continue;
    cost += cost_of(info.name);
    for (const FeatureStage stage : info.stages) needed[static_cast<int>(stage)] = true;
  }
  const std::vector<std::string> of_dnn = DnnFeaturesIn(names);
  for (const std::string& name : of_dnn) cost += cost_of(name);
  if (!of_dnn.empty()) cost += cost_of(kDnnStage);
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {
    if (needed[stage]) cost += cost_of(FeatureStageName(static_cast<FeatureStage>(stage)));
  }
  return cost;
}

std::vector<std::size_t> AllRows(const Outcomes& outcomes) {
  std::vector<std::size_t> rows(outcomes.image_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::vector<std::size_t> JudgedRows(const Outcomes& outcomes) {
  std::vector<std::size_t> rows = AllRows(outcomes);
  std::erase_if(rows, [&](std::size_t i) { return outcomes.images[i].split == "fit"; });
  return rows;
}

std::vector<std::size_t> FitRows(const Outcomes& outcomes) {
  std::set<int> judged;
  for (const std::size_t i : JudgedRows(outcomes)) judged.insert(outcomes.groups[i]);
  std::vector<std::size_t> rows = AllRows(outcomes);
  std::erase_if(
      rows, [&](std::size_t i) { return outcomes.images[i].split != "fit" || judged.contains(outcomes.groups[i]); });
  return rows;
}

LearningRows ForLearning(const Outcomes& outcomes, Rows rows) {
  LearningRows parts;
  for (const std::size_t i : rows) (outcomes.images[i].fit_only ? parts.fit : parts.choose).push_back(i);
  return parts;
}

std::vector<double> WeightsOf(const Outcomes& outcomes, Rows rows) {
  std::vector<double> weights;
  for (const std::size_t i : rows) weights.push_back(outcomes.images[i].weight);
  return weights;
}

std::vector<int> GroupsOf(const Outcomes& outcomes, Rows rows) {
  std::vector<int> groups;
  for (const std::size_t i : rows) groups.push_back(outcomes.groups[i]);
  return groups;
}

Outcomes WithCandidates(const Outcomes& outcomes, std::span<const std::size_t> candidates) {
  Outcomes part = outcomes;
  const auto keep = [&](auto& values) {  // as many of each candidate
    const std::size_t each = values.size() / outcomes.candidate_count();
    auto all = std::exchange(values, {});
    for (const std::size_t c : candidates) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(c * each);
      values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(each));
    }
  };
  keep(part.candidates);
  keep(part.log_probs);
  keep(part.ranks);
  keep(part.top_classes);
  keep(part.utilities);
  keep(part.confidences);
  keep(part.preprocess_ms);
  keep(part.inference_ms);
  keep(part.stands_in);
  keep(part.mean_preprocess_ms);
  keep(part.mean_inference_ms);
  keep(part.after_factors);
  keep(part.has_after_runs);
  return part;
}

std::vector<std::size_t> AllCandidates(const Outcomes& outcomes) {
  std::vector<std::size_t> all(outcomes.candidate_count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<std::size_t> RowsAt(Rows rows, std::span<const std::size_t> positions) {
  std::vector<std::size_t> at;
  for (const std::size_t r : positions) at.push_back(rows[r]);
  return at;
}

}  // namespace amsel
