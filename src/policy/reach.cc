#include "policy/reach.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "policy/staged.h"

namespace amsel {
namespace {

/// Calls `visit` with each node of the point's tree and its depth, from 0.
void Walk(const StagedPlan& plan, int at, std::size_t depth,
          const std::function<void(const StageNode&, std::size_t)>& visit) {
  const StageNode& node = plan.nodes[static_cast<std::size_t>(at)];
  visit(node, depth);
  for (const StageNode::Branch& branch : node.branches) Walk(plan, branch.node, depth + 1, visit);
}

const Slot& SlotOf(const StagedPlan& plan, const StageNode& node) {
  return plan.slots[static_cast<std::size_t>(node.slot)];
}

int RootOf(const StagedPlan& plan, int point) {
  return plan.roots[static_cast<std::size_t>(point)];
}

double RunAfter(const StepCost& cost) {
  return cost.run_after.value_or(cost.run);
}

/// What is found below a node when these have run.
using Dearest = std::map<std::pair<int, std::vector<CandidateId>>, double>;

/// From a node on, when `ran` have run (sorted): each member of each slot is tried, since what it prepared is shared
/// below.
double DearestBelow(const StagedPlan& plan, int at, std::span<const StepCost> costs, bool begins_warm,
                    const std::vector<CandidateId>& ran, Dearest& known) {
  const auto found = known.find({at, ran});
  if (found != known.end()) return found->second;
  const StageNode& node = plan.nodes[static_cast<std::size_t>(at)];
  const auto cost_of = [&](CandidateId id) { return costs[static_cast<std::size_t>(id)]; };
  double dearest = 0;
  for (const CandidateId id : SlotOf(plan, node).members) {
    double cost = 0;
    std::vector<CandidateId> after = ran;
    const auto place = std::lower_bound(after.begin(), after.end(), id);
    if (place == after.end() || *place != id) {
      const bool prepared = std::any_of(ran.begin(), ran.end(),
                                        [&](CandidateId before) { return cost_of(before).input == cost_of(id).input; });
      const bool warm = begins_warm && ran.empty();
      cost = (warm ? cost_of(id).run : RunAfter(cost_of(id))) + (prepared ? 0 : cost_of(id).prepare);
      if (begins_warm && ran.size() == 1) cost += RunAfter(cost_of(ran.front())) - cost_of(ran.front()).run;
      after.insert(place, id);
    }
    double rest = 0;
    for (const StageNode::Branch& branch : node.branches) {
      rest = std::max(rest, DearestBelow(plan, branch.node, costs, begins_warm, after, known));
    }
    dearest = std::max(dearest, cost + rest);
  }
  known[{at, ran}] = dearest;
  return dearest;
}

/// Whether two stages, with all that follows, do the same.
bool SameTree(const StagedPlan& plan, int a, int b) {
  if (a == b) return true;
  const StageNode& x = plan.nodes[static_cast<std::size_t>(a)];
  const StageNode& y = plan.nodes[static_cast<std::size_t>(b)];
  if (x.slot != y.slot || x.head != y.head || x.branches.size() != y.branches.size()) return false;
  for (std::size_t i = 0; i < x.branches.size(); ++i) {
    const float apart = std::fabs(x.branches[i].below - y.branches[i].below);
    if (apart > 0 || !SameTree(plan, x.branches[i].node, y.branches[i].node)) return false;
  }
  return true;
}

/// Whether the head's answer is that of its one input: more probability stays more.
bool KeepsAnswers(const Head& head) {
  return head.maps.size() == 1 && head.bias.empty() && head.maps[0].kind == HeadMap::Kind::kScalar &&
         head.maps[0].values[0] > 0;
}

}  // namespace

CandidateSet ReachedAt(const Policy& policy, int point) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  if (staged == nullptr) return CandidateSet::All(policy.candidate_count());
  CandidateSet reached;
  Walk(staged->plan(), RootOf(staged->plan(), point), 0, [&](const StageNode& node, std::size_t) {
    for (const CandidateId id : SlotOf(staged->plan(), node).members) reached.Insert(id);
  });
  return reached;
}

double DearestPath(const Policy& policy, int point, std::span<const StepCost> costs, double features_cost) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  const bool warm = BeginsWithOne(policy, point);
  if (staged == nullptr) {
    double dearest = 0;
    for (const StepCost& cost : costs) dearest = std::max(dearest, (warm ? cost.run : RunAfter(cost)) + cost.prepare);
    return features_cost + dearest;
  }
  const bool reads = ReadsFeaturesWithin(policy, point, kMaxStages);
  Dearest known;
  return DearestBelow(staged->plan(), RootOf(staged->plan(), point), costs, warm, {}, known) +
         (reads ? features_cost : 0);
}

CandidateId OnlyCandidateAt(const Policy& policy, int point) {
  if (policy.candidate_count() == 1 && policy.kind() == "single") return 0;
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  if (staged == nullptr) return kNoCandidate;
  const StagedPlan& plan = staged->plan();
  const StageNode& node = plan.nodes[static_cast<std::size_t>(RootOf(plan, point))];
  const Slot& slot = SlotOf(plan, node);
  const bool alone = node.branches.empty() && slot.members.size() == 1 && plan.abstain_below <= 0;
  return alone && KeepsAnswers(plan.heads[static_cast<std::size_t>(node.head)]) ? slot.members[0] : kNoCandidate;
}

bool BeginsWithOne(const Policy& policy, int point) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  if (staged == nullptr) return policy.candidate_count() == 1;
  const StagedPlan& plan = staged->plan();
  return SlotOf(plan, plan.nodes[static_cast<std::size_t>(RootOf(plan, point))]).members.size() == 1;
}

bool DecideAlike(const Policy& policy, int a, int b) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  return a == b ||
         (staged != nullptr && SameTree(staged->plan(), RootOf(staged->plan(), a), RootOf(staged->plan(), b)));
}

bool ReadsFeaturesWithin(const Policy& policy, int point, std::size_t stages) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  if (staged == nullptr) return !policy.feature_names().empty();
  bool reads = false;
  Walk(staged->plan(), RootOf(staged->plan(), point), 0, [&](const StageNode& node, std::size_t depth) {
    reads = reads || (depth < stages && SlotOf(staged->plan(), node).gate >= 0);
  });
  return reads;
}

}  // namespace amsel
