#include "learn/staged_plan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "base/parallel.h"
#include "learn/policy_common.h"
#include "policy/staged.h"

namespace amsel {
namespace {

/// Sets of slots, numbered in the order of first use.
using HeadNumbers = std::map<std::vector<int>, int>;

/// Weighted share of the rows that were right, of those for which `counts` holds.
template <typename Counts>
float ShareRight(const SearchSpace& space, const CascadeRun& run, Counts&& counts) {
  double all = 0;
  double right = 0;
  for (std::size_t r = 0; r < space.rows; ++r) {
    if (!counts(run.stages[r])) continue;
    all += space.weights[r];
    right += space.weights[r] * run.right[r];
  }
  return static_cast<float>(all > 0 ? right / all : 0);
}

/// Nodes of one point: a chain of its stages.
void AddTree(const SearchSpace& space, const Cascade& cascade, const CascadeRun& run, StagedPlan& plan,
             HeadNumbers& heads) {
  plan.roots.push_back(static_cast<int>(plan.nodes.size()));
  for (std::size_t s = 0; s < cascade.slots.size(); ++s) {
    const int stages = static_cast<int>(s) + 1;
    const int head = heads.emplace(SetOf(space, cascade.slots, s + 1), static_cast<int>(heads.size())).first->second;
    StageNode node{cascade.slots[s], head, ShareRight(space, run, [&](int took) { return took == stages; }), {}};
    if (s < cascade.below.size()) {
      node.branches.push_back({cascade.below[s], static_cast<int>(plan.nodes.size()) + 1,
                               ShareRight(space, run, [&](int took) { return took > stages; })});
    }
    plan.nodes.push_back(std::move(node));
  }
}

std::vector<Head> FitHeads(const StagedHeads& heads, const HeadNumbers& numbers) {
  std::vector<std::vector<int>> sets(numbers.size());
  for (const auto& [set, head] : numbers) sets[static_cast<std::size_t>(head)] = set;
  std::vector<Head> fitted(sets.size());
  ParallelFor(sets.size(), [&](std::size_t h) { fitted[h] = heads.FitOnAll(sets[h]); });
  return fitted;
}

/// The slots in use come into the plan, in their order, with their gates; nodes and heads go by their places there.
void TakeSlots(const SearchSpace& space, const StagedHeads& heads, const std::set<int>& used,
               const std::vector<std::size_t>& candidates, StagedPlan& plan) {
  std::map<int, int> renumbered;
  for (const int slot : used) {
    renumbered[slot] = static_cast<int>(plan.slots.size());
    const TableSlot& from = space.slots[static_cast<std::size_t>(slot)];
    Slot to;
    for (const std::size_t c : from.members) {
      const auto at = std::find(candidates.begin(), candidates.end(), c);
      to.members.push_back(static_cast<CandidateId>(at - candidates.begin()));
    }
    if (from.gated()) {
      to.gate = static_cast<int>(plan.gates.size());
      plan.gates.push_back(heads.GateOf(slot));
    }
    plan.slots.push_back(std::move(to));
  }
  for (StageNode& node : plan.nodes) node.slot = renumbered.at(node.slot);
  for (Head& head : plan.heads) {
    for (HeadMap& map : head.maps) map.slot = renumbered.at(map.slot);
  }
}

}  // namespace

LearnedPolicy PlanStaged(const Outcomes& table, const StagedRows& rows, const std::vector<std::string>& features,
                         const SearchSpace& space, const StagedHeads& heads, const std::vector<NamedCascade>& points,
                         const LearnOptions& options) {
  LearnedPolicy learned;
  StagedPlan plan;
  HeadNumbers numbers;
  std::vector<std::string> names;
  for (const NamedCascade& point : points) {
    const CascadeRun run = Play(space, point.cascade);
    const auto same = std::find_if(points.begin(), points.end(),
                                   [&](const NamedCascade& other) { return other.cascade == point.cascade; });
    const auto first = static_cast<std::size_t>(same - points.begin());
    if (first < plan.roots.size()) {
      plan.roots.push_back(plan.roots[first]);
    } else {
      AddTree(space, point.cascade, run, plan, numbers);
    }
    names.push_back(point.name);
    learned.cross_fitted.push_back(RunsOf(space, point.cascade, run));
  }
  // Each slot in use also gets a head of its own, for answers after a failure.
  std::set<int> used;
  for (const StageNode& node : plan.nodes) used.insert(node.slot);
  for (const int slot : used) numbers.emplace(std::vector<int>{slot}, static_cast<int>(numbers.size()));
  plan.heads = FitHeads(heads, numbers);

  std::set<std::size_t> members{space.best};
  for (const int slot : used) {
    const std::vector<std::size_t>& fill = space.slots[static_cast<std::size_t>(slot)].members;
    members.insert(fill.begin(), fill.end());
  }
  learned.candidates.assign(members.begin(), members.end());
  TakeSlots(space, heads, used, learned.candidates, plan);
  if (options.staged.agreement) plan.signal = StopSignal::kAgreement;
  plan.abstain_below = AbstainBelow(options.staged);
  PolicyCommon common = CommonFacts(table, rows.rows, learned.candidates, options);
  if (!plan.gates.empty()) common.feature_names = features;
  common.operating_points = std::move(names);
  learned.policy = std::make_shared<StagedPolicy>(std::move(common), std::move(plan));
  return learned;
}

}  // namespace amsel
