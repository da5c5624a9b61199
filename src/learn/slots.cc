// Candidates of about equal cost differ in what they are good at, not in what they cost: a gate chooses among them.
// Leaving the most accurate out gives a gate over specialists, beside which the generalist is a second opinion.
#include "learn/slots.h"

#include <algorithm>
#include <numeric>

#include "base/nan_last.h"
#include "fit/fit_gate.h"
#include "learn/feature_rows.h"
#include "learn/most_adding.h"

namespace amsel {
namespace {

constexpr double kTierWidth = 1.25;  // dearest by cheapest of candidates of about equal cost
constexpr double kFarLess = 0.10;    // in accuracy
constexpr std::size_t kMostFixed = 14;
constexpr std::size_t kMostSlots = 18;
constexpr double kAffordable = 0.01;

std::vector<std::size_t> ByCost(const Outcomes& table) {
  std::vector<std::size_t> order(table.candidate_count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(LowFirst(table.MeanCostMs(a)), table.candidates[a].name) <
           std::pair(LowFirst(table.MeanCostMs(b)), table.candidates[b].name);
  });
  return order;
}

/// Candidates that are no views, in groups of about equal cost.
std::vector<std::vector<std::size_t>> Tiers(const Outcomes& table, const std::vector<std::size_t>& by_cost) {
  std::vector<std::vector<std::size_t>> tiers;
  for (const std::size_t c : by_cost) {
    if (table.candidates[c].derived) continue;
    const bool fits = !tiers.empty() && table.MeanCostMs(c) <= kTierWidth * table.MeanCostMs(tiers.back().front());
    if (fits) {
      tiers.back().push_back(c);
    } else {
      tiers.push_back({c});
    }
  }
  return tiers;
}

}  // namespace

std::vector<std::size_t> StageCandidates(const Outcomes& table, Rows rows, int top, std::size_t most, bool derived) {
  const std::vector<double> accuracies = Accuracies(table, rows, top);
  std::vector<std::size_t> by_cost = ByCost(table);
  std::erase_if(by_cost, [&](std::size_t c) { return table.candidates[c].derived && !derived; });
  std::vector<std::size_t> kept;
  double best = 0;
  std::size_t rivals = 0;  // of about the cost of c or less
  for (const std::size_t c : by_cost) {
    for (; rivals < by_cost.size() && table.MeanCostMs(by_cost[rivals]) <= table.MeanCostMs(c) * kTierWidth; ++rivals) {
      best = std::max(best, accuracies[by_cost[rivals]]);
    }
    if (accuracies[c] >= best - kFarLess) kept.push_back(c);
  }
  return kept.size() <= most ? kept : MostAdding(table, rows, kept, top, most);
}

std::vector<TableSlot> ProposeSlots(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const std::vector<std::size_t> by_cost = ByCost(table);
  std::vector<TableSlot> slots;
  for (const std::size_t c : StageCandidates(table, rows, options.top, kMostFixed, true)) slots.push_back({{c}});
  if (!options.staged.gates || AffordableFeatures(table).empty()) return slots;
  const std::vector<double> accuracies = Accuracies(table, rows, options.top);
  for (const std::vector<std::size_t>& tier : Tiers(table, by_cost)) {
    if (tier.size() < 3 || slots.size() + 2 > kMostSlots) continue;
    slots.push_back({tier});
    std::vector<std::size_t> specialists = tier;
    specialists.erase(std::max_element(specialists.begin(), specialists.end(), [&](std::size_t a, std::size_t b) {
      return HighFirst(accuracies[a]) < HighFirst(accuracies[b]);
    }));
    slots.push_back({specialists});
  }
  return slots;
}

std::vector<std::string> AffordableFeatures(const Outcomes& table) {
  double cheapest = table.MeanCostMs(0);
  for (std::size_t c = 1; c < table.candidate_count(); ++c) cheapest = std::min(cheapest, table.MeanCostMs(c));
  std::vector<std::string> names;
  for (const std::string& name : GateFeatureNames()) {
    const auto known = std::find(table.feature_names.begin(), table.feature_names.end(), name);
    if (known == table.feature_names.end()) continue;
    if (table.FeaturesCostMs({name}) <= kAffordable * cheapest) names.push_back(name);
  }
  return names;
}

SlotOutputs FillSlots(const Outcomes& table, Rows rows, const std::vector<TableSlot>& slots,
                      const std::vector<std::string>& features, std::span<const std::size_t> part) {
  const std::vector<float> values = FeatureRows(table, rows, features);
  const auto classes = static_cast<std::size_t>(table.classes());
  const std::vector<double> weights = WeightsOf(table, rows);
  SlotOutputs outputs;
  std::vector<float> answer(classes);
  for (const TableSlot& slot : slots) {
    const std::size_t members = slot.members.size();
    FeatureGate gate;
    std::vector<std::size_t> picks(rows.size(), slot.members.front());
    if (slot.gated()) {
      std::vector<float> likelihood;
      for (const std::size_t i : rows) {
        for (const std::size_t c : slot.members) {
          table.LogProbsOf(c, i, answer);
          likelihood.push_back(answer[static_cast<std::size_t>(table.images[i].label)]);
        }
      }
      gate = FitGate(values, features.size(), likelihood, static_cast<int>(members), weights, part);
      std::vector<float> scratch(gate.scratch_size());
      std::vector<float> scores(members);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        gate.Scores(std::span(values).subspan(r * features.size(), features.size()), scratch, scores);
        picks[r] = slot.members[HighestOf(std::span<const float>(scores))];
      }
    }
    std::vector<float> log_probs(rows.size() * classes);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      table.LogProbsOf(picks[r], rows[r], std::span(log_probs).subspan(r * classes, classes));
    }
    outputs.gates.push_back(std::move(gate));
    outputs.picks.push_back(std::move(picks));
    outputs.log_probs.push_back(std::move(log_probs));
  }
  return outputs;
}

std::size_t AnswersFor(const Outcomes& table, Rows rows, const SlotOutputs& outputs, std::span<const int> slots,
                       std::size_t r) {
  return static_cast<std::size_t>(std::count_if(slots.begin(), slots.end(), [&](int slot) {
    return !table.Failed(outputs.picks[static_cast<std::size_t>(slot)][r], rows[r]);
  }));
}

}  // namespace amsel
