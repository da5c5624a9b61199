#include "policy/staged.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>

#include "base/nan_last.h"

namespace amsel {

StagedPolicy::StagedPolicy(PolicyCommon common, StagedPlan plan)
    : CommonPolicy(std::move(common)),
      plan_(std::move(plan)),
      own_head_(static_cast<std::size_t>(candidate_count()), -1) {
  assert(plan_.roots.size() == operating_points().size());
  for (const FeatureGate& gate : plan_.gates) {
    gate_scratch_ = std::max(gate_scratch_, gate.scratch_size() + static_cast<std::size_t>(gate.members()));
  }
  for (std::size_t h = 0; h < plan_.heads.size(); ++h) {
    if (plan_.heads[h].maps.size() != 1) continue;
    for (const CandidateId id : plan_.slots[static_cast<std::size_t>(plan_.heads[h].maps[0].slot)].members) {
      int& own = own_head_[static_cast<std::size_t>(id)];
      if (own < 0) own = static_cast<int>(h);
    }
  }
}

std::size_t StagedPolicy::scratch_size() const {
  return gate_scratch_ + static_cast<std::size_t>(class_count()) + 2 * std::size_t{kMaxStages};
}

std::span<float> StagedPolicy::PoolScratch(const EpisodeState& state) const {
  return state.scratch.subspan(gate_scratch_, static_cast<std::size_t>(class_count()));
}

CandidateId StagedPolicy::Pick(int slot, std::span<const float> features, CandidateSet among,
                               std::span<float> scratch) const {
  const Slot& place = plan_.slots[static_cast<std::size_t>(slot)];
  if (place.gate < 0) return among.Contains(place.members.front()) ? place.members.front() : kNoCandidate;
  const std::span<float> scores = scratch.first(place.members.size());
  plan_.gates[static_cast<std::size_t>(place.gate)].Scores(features, scratch.subspan(scores.size()), scores);
  CandidateId best = kNoCandidate;
  float highest = 0;
  for (std::size_t m = 0; m < scores.size(); ++m) {
    if (!among.Contains(place.members[m]) || (best != kNoCandidate && scores[m] <= highest)) continue;
    best = place.members[m];
    highest = scores[m];
  }
  return best;
}

void StagedPolicy::ApplyHead(int head, const EpisodeState& state, const Place& place, std::span<float> out) const {
  const Head& pool = plan_.heads[static_cast<std::size_t>(head)];
  std::array<LogProbs, kMaxStages> inputs;
  for (std::size_t m = 0; m < pool.maps.size(); ++m) {
    const auto end = place.slots.begin() + place.stages;
    const auto at = std::find(place.slots.begin(), end, pool.maps[m].slot) - place.slots.begin();
    assert(at < place.stages);
    inputs[m] = state.LogProbsOf(place.picks[static_cast<std::size_t>(at)]);
  }
  pool.Apply(std::span(inputs).first(pool.maps.size()), out);
}

float StagedPolicy::Agreement(const EpisodeState& state, const Place& place, std::span<const float> pooled) const {
  if (place.stages < 2) return 0;
  const std::size_t answer = HighestOf(pooled);
  int agree = 0;
  for (int s = 0; s < place.stages; ++s) {
    const LogProbs own = state.LogProbsOf(place.picks[static_cast<std::size_t>(s)]);
    agree += HighestOf(own) == answer ? 1 : 0;
  }
  return static_cast<float>(agree) / static_cast<float>(place.stages);
}

/// Takes stage `node`, filled by `pick`, into the place. What was computed when the input first came by is remembered
/// in the scratch: a stage's outcome never changes.
void StagedPolicy::Pass(Place& place, int node, CandidateId pick, const EpisodeState& state) const {
  const auto stage = static_cast<std::size_t>(place.stages++);
  place.slots[stage] = plan_.nodes[static_cast<std::size_t>(node)].slot;
  place.picks[stage] = pick;
  place.node = node;
  const std::size_t memo = gate_scratch_ + static_cast<std::size_t>(class_count()) + 2 * stage;
  float& confidence = state.scratch[memo];
  float& signal = state.scratch[memo + 1];
  if (confidence == 0) {
    const std::span<float> pooled = PoolScratch(state);
    ApplyHead(plan_.nodes[static_cast<std::size_t>(node)].head, state, place, pooled);
    confidence = std::exp(pooled[HighestOf(std::span<const float>(pooled))]);
    signal = plan_.signal == StopSignal::kConfidence ? confidence : Agreement(state, place, pooled);
  }
  place.confidence = confidence;
  place.signal = signal;
}

StagedPolicy::Place StagedPolicy::Walk(const EpisodeState& state) const {
  Place place;
  int next = plan_.roots[static_cast<std::size_t>(state.operating_point)];
  std::size_t used = 0;  // of the path
  const CandidateSet everyone = CandidateSet::All(candidate_count());
  while (next >= 0) {
    const StageNode& node = plan_.nodes[static_cast<std::size_t>(next)];
    const Slot& slot = plan_.slots[static_cast<std::size_t>(node.slot)];
    if (slot.gate >= 0 && NeedsFeatures(state)) {
      place.kind = used == state.path.size() ? Place::Kind::kNeedsFeatures : Place::Kind::kOffPlan;
      return place;
    }
    CandidateId pick = Pick(node.slot, state.features, everyone, state.scratch);
    const auto ran = state.path.first(used);
    if (std::find(ran.begin(), ran.end(), pick) == ran.end()) {  // who has run already fills another slot for nothing
      if (used == state.path.size()) {
        place.kind = Place::Kind::kWants;
        place.wanted = pick;
        place.wanted_slot = node.slot;
        return place;
      }
      const bool member = std::find(slot.members.begin(), slot.members.end(), state.path[used]) != slot.members.end();
      if (!member) return place;
      pick = state.path[used++];
    }
    Pass(place, next, pick, state);
    const auto branch = std::find_if(node.branches.begin(), node.branches.end(),
                                     [&](const StageNode::Branch& b) { return place.signal < b.below; });
    next = branch == node.branches.end() ? -1 : branch->node;
  }
  place.kind = used == state.path.size() ? Place::Kind::kAnswers : Place::Kind::kOffPlan;
  return place;
}

Step StagedPolicy::Next(const EpisodeState& state, CandidateSet allowed) const {
  const Place place = Walk(state);
  if (place.kind == Place::Kind::kNeedsFeatures && !state.features_denied) {
    return {Step::Kind::kExtract, kNoCandidate, 0, 0};
  }
  CandidateId candidate = kNoCandidate;
  if (place.kind == Place::Kind::kWants) {
    candidate =
        allowed.Contains(place.wanted) ? place.wanted : Pick(place.wanted_slot, state.features, allowed, state.scratch);
  }
  if (candidate == kNoCandidate && state.path.empty()) candidate = common().MostCapable(allowed);
  if (candidate != kNoCandidate) return {Step::Kind::kRun, candidate, CostMs(candidate), place.confidence};
  if (state.path.empty()) return {};
  if (plan_.abstain_below <= 0) return {Step::Kind::kAnswer, kNoCandidate, 0, place.confidence};
  const std::span<float> pooled = PoolScratch(state);
  Pool(state, pooled);
  const float confidence = std::exp(pooled[HighestOf(std::span<const float>(pooled))]);
  const bool sure = confidence >= plan_.abstain_below;
  return {sure ? Step::Kind::kAnswer : Step::Kind::kAbstain, kNoCandidate, 0, confidence};
}

void StagedPolicy::Pool(const EpisodeState& state, std::span<float> out) const {
  const Place place = Walk(state);
  if (place.kind != Place::Kind::kOffPlan && place.stages > 0) {
    ApplyHead(plan_.nodes[static_cast<std::size_t>(place.node)].head, state, place, out);
    return;
  }
  const LogProbs last = state.LogProbsOf(state.path.back());
  const int own = own_head_[static_cast<std::size_t>(state.path.back())];
  if (own < 0) {
    std::copy(last.begin(), last.end(), out.begin());
  } else {
    plan_.heads[static_cast<std::size_t>(own)].Apply(std::span(&last, 1), out);
  }
}

void StagedPolicy::ExplainBranches(const EpisodeState& state, const Place& place,
                                   std::vector<ExplanationNote>& notes) const {
  const StageNode& node = plan_.nodes[static_cast<std::size_t>(place.node)];
  const char* what = plan_.signal == StopSignal::kConfidence ? "pooled confidence" : "agreement";
  notes.push_back({kNoCandidate, what, place.signal,
                   "after " + std::to_string(place.stages) + (place.stages == 1 ? " stage" : " stages")});
  bool taken = false;
  for (const StageNode::Branch& branch : node.branches) {
    const int slot = plan_.nodes[static_cast<std::size_t>(branch.node)].slot;
    const bool known = plan_.slots[static_cast<std::size_t>(slot)].gate < 0 || !NeedsFeatures(state);
    const CandidateId pick =
        known ? Pick(slot, state.features, CandidateSet::All(candidate_count()), state.scratch) : kNoCandidate;
    const bool below = place.signal < branch.below;
    const bool runs = below && !taken;
    std::string outcome = runs    ? "it is, so this runs"
                          : below ? "not asked, another one runs"
                                  : "it is not, so this does not run";
    taken = taken || below;
    if (runs && pick != kNoCandidate) {
      char price[48];
      std::snprintf(price, sizeof price, ", for %.4g ms", CostMs(pick));
      outcome += price;
    }
    const auto percent = static_cast<int>(std::lround(100 * branch.value));
    outcome += "; of the training images that it ran for, " + std::to_string(percent) + " % were right";
    notes.push_back({pick, std::string("runs where the ") + what + " is below", branch.below, outcome});
  }
  if (!taken) {
    notes.push_back({kNoCandidate, "share right of the training images that ended here", node.value, "answers"});
  }
}

std::vector<ExplanationNote> StagedPolicy::Explain(const EpisodeState& state, CandidateSet allowed) const {
  std::vector<ExplanationNote> notes;
  const Place place = Walk(state);
  if (place.kind == Place::Kind::kNeedsFeatures) return notes;
  if (place.kind == Place::Kind::kOffPlan && !state.path.empty()) {
    notes.push_back({state.path.back(), "left the plan", 0, "a candidate that it wanted could not run"});
    return notes;
  }
  if (place.stages > 0) ExplainBranches(state, place, notes);
  if (place.kind != Place::Kind::kWants) return notes;
  const Slot& slot = plan_.slots[static_cast<std::size_t>(place.wanted_slot)];
  if (slot.gate < 0) return notes;
  std::vector<float> scores(slot.members.size());
  plan_.gates[static_cast<std::size_t>(slot.gate)].Scores(state.features, state.scratch, scores);
  for (std::size_t m = 0; m < scores.size(); ++m) {
    const CandidateId id = slot.members[m];
    const char* outcome = id == place.wanted ? "chosen by the gate" : "not chosen";
    notes.push_back({id, "gate score", scores[m], allowed.Contains(id) ? outcome : "may not run"});
  }
  return notes;
}

}  // namespace amsel
