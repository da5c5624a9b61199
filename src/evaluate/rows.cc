#include "evaluate/rows.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "base/nan_last.h"
#include "learn/learners.h"

namespace amsel {

std::string PolicyRowKind(const std::string& policy) {
  if (policy.starts_with(kAdapted)) return "adapted-single";
  if (policy == kTextbook) return kTextbook;
  const PolicyKind* kind = FindPolicyKind(policy);
  return kind == nullptr ? "premodel" : std::string(kind->row);  // a bundle that another version wrote
}

std::vector<double> ImageShares(std::span<const double> weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> shares(weights.begin(), weights.end());
  for (double& share : shares) share = total > 0 ? share / total : 1.0 / static_cast<double>(weights.size());
  return shares;
}

RowSamples OracleRow(const std::vector<RowSamples>& singles, const EvaluatedImages& images) {
  std::vector<std::size_t> order(singles.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> costs;
  for (const RowSamples& single : singles) costs.push_back(WeightedMean(single.latency_ms, images.weights));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return LowFirst(costs[a]) < LowFirst(costs[b]); });
  const std::vector<double> shares = ImageShares(images.weights);
  RowSamples row{.name = "oracle", .kind = "oracle"};
  for (std::size_t i = 0; i < images.labels.size(); ++i) {
    const RowSamples& chosen = singles[*std::max_element(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
      return singles[x].right[i] < singles[y].right[i];  // the first of equals is the cheapest
    })];
    row.right.push_back(chosen.right[i]);
    row.right_top5.push_back(chosen.right_top5[i]);
    row.latency_ms.push_back(chosen.latency_ms[i]);
    row.predicted.push_back(chosen.predicted[i]);
    row.shares[chosen.name] += shares[i];
  }
  for (const RowSamples& single : singles) row.worst_path_ms = std::max(row.worst_path_ms, single.worst_path_ms);
  return row;
}

RowSamples RandomMixRow(const RowSamples& policy, const std::vector<RowSamples>& singles, double overhead_ms) {
  const std::size_t count = policy.right.size();
  RowSamples row{.name = "random mix of " + policy.name,
                 .kind = "random-mix",
                 .operating_point = policy.operating_point,
                 .shares = policy.shares};
  row.right.assign(count, 0);
  row.right_top5.assign(count, 0);
  row.latency_ms.assign(count, overhead_ms);
  for (const RowSamples& single : singles) {
    const auto share = policy.shares.find(single.name);
    if (share == policy.shares.end() || share->second <= 0) continue;
    for (std::size_t i = 0; i < count; ++i) {
      row.right[i] += share->second * single.right[i];
      row.right_top5[i] += share->second * single.right_top5[i];
      row.latency_ms[i] += share->second * single.latency_ms[i];
    }
    row.worst_path_ms = std::max(row.worst_path_ms, single.worst_path_ms + overhead_ms);
  }
  return row;
}

RowSamples RandomStopRow(const RowSamples& policy, std::span<const RowSamples> forced,
                         std::span<const std::size_t> stopped_at, std::span<const double> each) {
  const std::size_t count = stopped_at.size();
  RowSamples row{.name = "random stop of " + policy.name,
                 .kind = "random-stop",
                 .operating_point = policy.operating_point,
                 .shares = policy.shares,
                 .worst_path_ms = policy.worst_path_ms};
  row.right.assign(count, 0);
  row.right_top5.assign(count, 0);
  row.latency_ms.assign(count, 0);
  std::vector<double> share(forced.size(), 0);
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    share[stopped_at[i]] += each[i];
    total += each[i];
  }
  for (double& part : share) part /= total;  // of one depth at which all stop it is 1, to the bit
  for (std::size_t depth = 0; depth < forced.size(); ++depth) {
    for (std::size_t i = 0; i < count; ++i) {
      row.right[i] += share[depth] * forced[depth].right[i];
      row.right_top5[i] += share[depth] * forced[depth].right_top5[i];
      row.latency_ms[i] += share[depth] * forced[depth].latency_ms[i];
    }
  }
  return row;
}

std::optional<RowEnergy> EnergyByShares(const RowSamples& row, const ProfileTable& table) {
  RowEnergy energy;
  energy.above_idle_mj = 0;
  for (const auto& [name, share] : row.shares) {
    const auto it = std::find_if(table.candidates.begin(), table.candidates.end(),
                                 [&](const auto& candidate) { return candidate.name == name; });
    if (it == table.candidates.end()) return {};
    const CandidateOrigin& own = table.profiled[static_cast<std::size_t>(it - table.candidates.begin())];
    if (!own.energy_mj) return {};
    energy.mean_mj += share * *own.energy_mj;
    energy.above_idle_mj = energy.above_idle_mj && own.energy_above_idle_mj
                               ? std::optional(*energy.above_idle_mj + share * *own.energy_above_idle_mj)
                               : std::nullopt;
    if (energy.source.find(own.energy_source) == std::string::npos) {
      energy.source += (energy.source.empty() ? "" : " and ") + own.energy_source;
    }
  }
  if (row.shares.empty()) return {};
  energy.source += ", of candidates alone, by the profile";
  return energy;
}

RowEnergy EstimatedEnergy(const RowSamples& row, const EvaluatedImages& images, const PowerModel& model) {
  const double latency_ms = WeightedMean(row.latency_ms, images.weights);
  return {model.Millijoules(latency_ms), SourceOf(model), model.MillijoulesAboveIdle(latency_ms), {}};
}

std::string EfficientSingle(const std::vector<RowSamples>& singles, const std::string& single_best,
                            const EvaluatedImages& images) {
  const auto best =
      std::find_if(singles.begin(), singles.end(), [&](const auto& row) { return row.name == single_best; });
  assert(best != singles.end());
  const RowSamples* efficient = &*best;
  for (const RowSamples& single : singles) {
    if (single.derived && !best->derived) continue;
    std::vector<double> loss;
    for (std::size_t i = 0; i < single.right.size(); ++i) loss.push_back(best->right[i] - single.right[i]);
    const bool close = WithinOneError(loss, images.weights, images.groups);
    const double cost = WeightedMean(single.latency_ms, images.weights);
    if (close && cost < WeightedMean(efficient->latency_ms, images.weights)) efficient = &single;
  }
  return efficient->name;
}

}  // namespace amsel
