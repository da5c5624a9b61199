// Staged plans for tests: one that can be followed by hand, and any number of random ones.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "policy/staged.h"

namespace amsel {

/// What a staged policy is made from.
struct StagedParts {
  PolicyCommon common;
  StagedPlan plan;
  StagedPolicy Policy() const { return {common, plan}; }
};

/// A map that leaves outputs as they are, but for a weight.
inline HeadMap Weigh(int slot, float weight) {
  return {slot, HeadMap::Kind::kScalar, {weight}};
}

/// A gate on one feature between 0 and 10 for which low values suit the first member and high ones the last; the score
/// of member m is its place (−1 the first … 1 the last) times the standard score.
inline FeatureGate LowToHighGate(int members) {
  FeatureGate::Scale scale{{5}, {1}, {}};
  for (int knot = 0; knot < FeatureGate::kKnots; ++knot) {
    scale.knots.push_back(10.0F * static_cast<float>(knot) / (FeatureGate::kKnots - 1));
  }
  std::vector<float> weights((FeatureGate::TermCount(1) + 1) * static_cast<std::size_t>(members), 0.0F);
  for (int m = 0; m < members; ++m) {
    weights[static_cast<std::size_t>(m)] = 2 * static_cast<float>(m) / static_cast<float>(members - 1) - 1;
  }
  return {std::move(scale), std::move(weights), members};
}

/// Two classes; candidates 0 … 3, the dearer the more capable. Slot 0: candidate 0. Slot 1: candidate 1 for a low
/// feature, 2 for a high one. Slot 2: candidate 3. Heads: the output as it came (0: slot 0), the mean of slots 0 and 1
/// (1), slot 2 alone through an identity matrix (2).
/// Point `full`: slot 0; below 0.6 straight on to slot 2, below 0.9 to slot 1 and from there below 0.7 to slot 2.
/// Point `gated`: slot 1 alone (head 3).
inline StagedParts HandMadePlan() {
  StagedParts parts;
  parts.common = {2, {1, 2, 4, 8}, {3, 2, 1, 0}, {"contrast"}, {"full", "gated"}};
  StagedPlan& plan = parts.plan;
  plan.slots = {{{0}, -1}, {{1, 2}, 0}, {{3}, -1}};
  plan.gates = {LowToHighGate(2)};
  plan.heads.push_back({{Weigh(0, 1)}, {}});
  plan.heads.push_back({{Weigh(0, 0.5F), {1, HeadMap::Kind::kDiagonal, {0.5F, 0.5F}}}, {0, 0}});
  plan.heads.push_back({{{2, HeadMap::Kind::kFull, {1, 0, 0, 1}}}, {}});
  plan.heads.push_back({{Weigh(1, 1)}, {}});
  plan.nodes.push_back({0, 0, 0.95F, {{0.6F, 3, 0.7F}, {0.9F, 1, 0.8F}}});
  plan.nodes.push_back({1, 1, 0.85F, {{0.7F, 2, 0.6F}}});
  plan.nodes.push_back({2, 2, 0.75F, {}});
  plan.nodes.push_back({2, 2, 0.65F, {}});
  plan.nodes.push_back({1, 3, 0.8F, {}});
  plan.roots = {0, 4};
  return parts;
}

/// Natural log-probabilities of two classes, the second's being `second`.
inline std::vector<float> Sure(double second) {
  return {static_cast<float>(std::log(1 - second)), static_cast<float>(std::log(second))};
}

/// Draws plans: gates, heads of each kind over any of the slots that ran, and up to three branches a stage.
class RandomPlans {
 public:
  explicit RandomPlans(std::uint64_t seed) : random(seed) {}

  StagedParts Draw() {
    parts_ = {};
    DrawCommon();
    DrawSlots();
    for (std::size_t point = 0; point < parts_.common.operating_points.size(); ++point) {
      parts_.plan.roots.push_back(DrawTree({}));
    }
    for (std::size_t slot = 0; slot < parts_.plan.slots.size(); ++slot) {
      if (random.Below(2) == 0) DrawHead({static_cast<int>(slot)});
    }
    parts_.plan.signal = random.Below(3) == 0 ? StopSignal::kAgreement : StopSignal::kConfidence;
    parts_.plan.abstain_below = random.Below(3) == 0 ? Between(0.3F, 0.9F) : 0;
    return parts_;
  }

  float Between(float low, float high) { return low + (high - low) * static_cast<float>(random.Uniform()); }

  std::vector<float> Values(std::size_t count, float low, float high) {
    std::vector<float> values(count);
    for (float& value : values) value = Between(low, high);
    return values;
  }

  int Below(std::size_t bound) { return static_cast<int>(random.Below(bound)); }

  Random random;

 private:
  void DrawCommon() {
    PolicyCommon& common = parts_.common;
    common.classes = 2 + Below(3);
    const int candidates = 2 + Below(5);
    for (int c = 0; c < candidates; ++c) {
      common.costs_ms.push_back(1 + c);
      common.fallback.push_back(c);
    }
    random.Shuffle(common.fallback);
    const int features = Below(3);
    for (int f = 0; f < features; ++f) common.feature_names.push_back("feature" + std::to_string(f));
    common.operating_points.clear();
    const int points = 1 + Below(2);
    for (int p = 0; p < points; ++p) common.operating_points.push_back("point" + std::to_string(p));
  }

  void DrawSlots() {
    const std::size_t candidates = parts_.common.costs_ms.size();
    const std::size_t slots = 1 + random.Below(6);
    for (std::size_t s = 0; s < slots; ++s) {
      std::vector<CandidateId> order(parts_.common.fallback);
      random.Shuffle(order);
      const bool gated = !parts_.common.feature_names.empty() && random.Below(2) == 0;
      order.resize(gated ? 2 + random.Below(candidates - 1) : 1);
      parts_.plan.slots.push_back({order, gated ? static_cast<int>(parts_.plan.gates.size()) : -1});
      if (gated) parts_.plan.gates.push_back(DrawGate(static_cast<int>(order.size())));
    }
  }

  FeatureGate DrawGate(int members) {
    const std::size_t features = parts_.common.feature_names.size();
    FeatureGate::Scale scale{Values(features, -1, 1), Values(features, 0.5F, 2), {}};
    for (std::size_t f = 0; f < features; ++f) {
      float knot = Between(-3, -1);
      for (int k = 0; k < FeatureGate::kKnots; ++k) scale.knots.push_back(knot += Between(0, 0.2F));
    }
    const std::size_t weights = (FeatureGate::TermCount(features) + 1) * static_cast<std::size_t>(members);
    return {std::move(scale), Values(weights, -1, 1), members};
  }

  int DrawHead(const std::vector<int>& slots) {
    Head head;
    const auto classes = static_cast<std::size_t>(parts_.common.classes);
    for (const int slot : slots) {
      const auto kind = static_cast<HeadMap::Kind>(random.Below(3));
      const std::size_t count = kind == HeadMap::Kind::kScalar     ? 1
                                : kind == HeadMap::Kind::kDiagonal ? classes
                                                                   : classes * classes;
      head.maps.push_back({slot, kind, Values(count, -0.3F, 1)});
    }
    if (random.Below(2) == 0) head.bias = Values(classes, -0.5F, 0.5F);
    parts_.plan.heads.push_back(std::move(head));
    return static_cast<int>(parts_.plan.heads.size()) - 1;
  }

  /// A stage after those of `path` (slots) and all that follow; gives its node.
  int DrawTree(std::vector<int> path) {
    std::vector<int> free;
    for (int s = 0; s < static_cast<int>(parts_.plan.slots.size()); ++s) {
      bool taken = false;
      for (const int before : path) taken = taken || before == s;
      if (!taken) free.push_back(s);
    }
    const int slot = free[random.Below(free.size())];
    path.push_back(slot);
    std::vector<int> pooled{slot};
    for (const int before : path) {
      if (before != slot && random.Below(3) > 0) pooled.push_back(before);
    }
    random.Shuffle(pooled);
    const std::size_t node = parts_.plan.nodes.size();
    parts_.plan.nodes.push_back({slot, DrawHead(pooled), Between(0, 1), {}});
    if (free.size() == 1 || path.size() == kMaxStages) return static_cast<int>(node);
    const std::size_t branches = random.Below(path.size() == 1 ? 4 : 3);
    for (std::size_t b = 0; b < branches; ++b) {
      const int next = DrawTree(path);
      parts_.plan.nodes[node].branches.push_back({Between(0.2F, 1.1F), next, Between(0, 1)});
    }
    return static_cast<int>(node);
  }

  StagedParts parts_;
};

}  // namespace amsel
