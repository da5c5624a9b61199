// What the operating points of a staged policy may run by their own plan.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "policy/staged.h"

namespace amsel {
namespace {

/// Calls `visit` with each node of the point's tree and its depth, from 0.
void Visit(const StagedPlan& plan, int at, int depth, const std::function<void(const StageNode&, int)>& visit) {
  const StageNode& node = plan.nodes[static_cast<std::size_t>(at)];
  visit(node, depth);
  for (const StageNode::Branch& branch : node.branches) Visit(plan, branch.node, depth + 1, visit);
}

const Slot& SlotOf(const StagedPlan& plan, const StageNode& node) {
  return plan.slots[static_cast<std::size_t>(node.slot)];
}

int RootOf(const StagedPlan& plan, int point) {
  return plan.roots[static_cast<std::size_t>(point)];
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
    const double cost = AddedTime(std::span<const CandidateId>(ran), id, begins_warm, cost_of);
    std::vector<CandidateId> after = ran;
    const auto place = std::lower_bound(after.begin(), after.end(), id);
    if (place == after.end() || *place != id) after.insert(place, id);
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

CandidateSet StagedPolicy::ReachedAt(int point) const {
  CandidateSet reached;
  Visit(plan_, RootOf(plan_, point), 0, [&](const StageNode& node, int) {
    for (const CandidateId id : SlotOf(plan_, node).members) reached.Insert(id);
  });
  return reached;
}

double StagedPolicy::DearestPath(int point, std::span<const StepCost> costs, double features_cost) const {
  Dearest known;
  return DearestBelow(plan_, RootOf(plan_, point), costs, BeginsWithOne(point), {}, known) +
         (ReadsFeaturesWithin(point, kMaxStages) ? features_cost : 0);
}

CandidateId StagedPolicy::OnlyCandidateAt(int point) const {
  const StageNode& node = plan_.nodes[static_cast<std::size_t>(RootOf(plan_, point))];
  const Slot& slot = SlotOf(plan_, node);
  const bool alone = node.branches.empty() && slot.members.size() == 1 && plan_.abstain_below <= 0;
  return alone && KeepsAnswers(plan_.heads[static_cast<std::size_t>(node.head)]) ? slot.members[0] : kNoCandidate;
}

bool StagedPolicy::BeginsWithOne(int point) const {
  return SlotOf(plan_, plan_.nodes[static_cast<std::size_t>(RootOf(plan_, point))]).members.size() == 1;
}

bool StagedPolicy::DecideAlike(int a, int b) const {
  return a == b || SameTree(plan_, RootOf(plan_, a), RootOf(plan_, b));
}

bool StagedPolicy::ReadsFeaturesWithin(int point, int stages) const {
  bool reads = false;
  Visit(plan_, RootOf(plan_, point), 0,
        [&](const StageNode& node, int depth) { reads = reads || (depth < stages && SlotOf(plan_, node).gate >= 0); });
  return reads;
}

std::unique_ptr<Policy> StagedPolicy::WithPoints(std::span<const PointOf> points, std::vector<double> costs_ms) const {
  PolicyCommon facts = common();
  StagedPlan plan = plan_;
  facts.costs_ms = std::move(costs_ms);
  facts.operating_points.clear();
  plan.roots.clear();
  for (const PointOf& point : points) {
    facts.operating_points.push_back(point.name);
    plan.roots.push_back(plan_.roots[point.from]);
  }
  return std::make_unique<StagedPolicy>(std::move(facts), std::move(plan));
}

std::unique_ptr<Policy> StagedPolicy::Forced(int point, int stages) const {
  StagedPlan plan = plan_;
  plan.roots = {RootOf(plan_, point)};
  plan.abstain_below = 0;
  int at = plan.roots[0];
  for (int stage = 1; at >= 0; ++stage) {
    std::vector<StageNode::Branch>& branches = plan.nodes[static_cast<std::size_t>(at)].branches;
    at = branches.empty() ? -1 : branches.front().node;
    if (stage >= stages) {
      branches.clear();
    } else if (!branches.empty()) {
      branches.front().below = 2;
    }
  }
  PolicyCommon facts = common();
  facts.operating_points = {"forced"};
  return std::make_unique<StagedPolicy>(std::move(facts), std::move(plan));
}

}  // namespace amsel
