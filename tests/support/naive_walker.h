// The staged policy's decision rule, followed slowly: what tests compare it with.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "tests/support/staged_plans.h"

namespace amsel {

/// One image: what each candidate answers, and the features.
struct WalkedImage {
  std::vector<std::vector<float>> answers;
  std::vector<float> features;
};

/// What happened to it.
struct Course {
  std::vector<CandidateId> tried;
  std::vector<CandidateId> path;
  int extracted = 0;
  Step last;
  int label = -1;
  std::vector<float> log_probs;
};

/// The decision rule of docs/formats/policy.md from beginning to end for one image, in doubles and with no thought for
/// speed.
class NaiveWalker {
 public:
  NaiveWalker(const StagedParts& parts, const WalkedImage& image, CandidateSet allowed, CandidateSet broken)
      : common_(parts.common), plan_(parts.plan), image_(image), untried_(allowed), broken_(broken) {}

  Course Walk(int point) {
    const StageNode* stage = &plan_.nodes[static_cast<std::size_t>(plan_.roots[static_cast<std::size_t>(point)])];
    while (stage != nullptr && Fill(stage->slot)) {
      pooled_ = Pool(plan_.heads[static_cast<std::size_t>(stage->head)], filled_);
      const double signal = Signal();
      const StageNode* next = nullptr;
      for (const StageNode::Branch& branch : stage->branches) {
        const bool takes = signal < static_cast<double>(branch.below);
        if (next == nullptr && takes) next = &plan_.nodes[static_cast<std::size_t>(branch.node)];
      }
      stage = next;
    }
    if (course_.path.empty()) Rescue();
    if (course_.path.empty()) return course_;
    const auto best = std::max_element(pooled_.begin(), pooled_.end());
    course_.label = static_cast<int>(best - pooled_.begin());
    course_.log_probs.assign(pooled_.begin(), pooled_.end());
    const bool withheld = plan_.abstain_below > 0 && std::exp(*best) < static_cast<double>(plan_.abstain_below);
    course_.last.kind = withheld ? Step::Kind::kAbstain : Step::Kind::kAnswer;
    return course_;
  }

 private:
  bool Try(CandidateId id) {
    untried_.Remove(id);
    course_.tried.push_back(id);
    if (broken_.Contains(id)) return false;
    course_.path.push_back(id);
    return true;
  }

  /// Members from the best; those of equal score as they stand.
  std::vector<CandidateId> Ranking(const Slot& slot) {
    if (slot.gate < 0) return slot.members;
    course_.extracted = 1;
    const FeatureGate& gate = plan_.gates[static_cast<std::size_t>(slot.gate)];
    std::vector<float> scratch(gate.scratch_size());
    std::vector<float> scores(slot.members.size());
    gate.Scores(image_.features, scratch, scores);
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::vector<CandidateId> ranking;
    for (const std::size_t m : order) ranking.push_back(slot.members[m]);
    return ranking;
  }

  bool Fill(int slot) {
    const std::vector<CandidateId> ranking = Ranking(plan_.slots[static_cast<std::size_t>(slot)]);
    const bool ran = std::count(course_.path.begin(), course_.path.end(), ranking[0]) > 0;
    if (ran) return filled_[slot] = ranking[0], true;
    for (const CandidateId id : ranking) {
      if (untried_.Contains(id) && Try(id)) return filled_[slot] = id, true;
    }
    return false;
  }

  void Rescue() {
    for (const CandidateId id : common_.fallback) {
      if (!untried_.Contains(id) || !Try(id)) continue;
      const auto& own = image_.answers[static_cast<std::size_t>(id)];
      pooled_.assign(own.begin(), own.end());
      for (const Head& head : plan_.heads) {
        const auto& members = plan_.slots[static_cast<std::size_t>(head.maps[0].slot)].members;
        if (head.maps.size() != 1 || std::count(members.begin(), members.end(), id) == 0) continue;
        pooled_ = Pool(head, {{head.maps[0].slot, id}});
        break;
      }
      return;
    }
  }

  std::vector<double> Pool(const Head& head, const std::map<int, CandidateId>& filled) const {
    const auto classes = static_cast<std::size_t>(common_.classes);
    std::vector<double> z(classes, 0.0);
    for (std::size_t k = 0; k < head.bias.size(); ++k) z[k] = head.bias[k];
    for (const HeadMap& map : head.maps) {
      const std::vector<float>& x = image_.answers[static_cast<std::size_t>(filled.at(map.slot))];
      for (std::size_t in = 0; in < classes * classes; ++in) {
        const std::size_t from = in / classes;
        const std::size_t to = in % classes;
        if (map.kind != HeadMap::Kind::kFull && from != to) continue;
        const std::size_t at = map.kind == HeadMap::Kind::kFull ? in : map.kind == HeadMap::Kind::kDiagonal ? to : 0;
        z[to] += static_cast<double>(map.values[at]) * x[from];
      }
    }
    double sum = 0;
    for (const double value : z) sum += std::exp(value);
    for (double& value : z) value -= std::log(sum);
    return z;
  }

  double Signal() const {
    const auto best = std::max_element(pooled_.begin(), pooled_.end());
    if (plan_.signal == StopSignal::kConfidence) return std::exp(*best);
    if (filled_.size() < 2) return 0;
    double agree = 0;
    for (const auto& [slot, id] : filled_) {
      const auto& own = image_.answers[static_cast<std::size_t>(id)];
      agree += std::max_element(own.begin(), own.end()) - own.begin() == best - pooled_.begin() ? 1 : 0;
    }
    return agree / static_cast<double>(filled_.size());
  }

  const PolicyCommon& common_;
  const StagedPlan& plan_;
  const WalkedImage& image_;
  CandidateSet untried_;
  CandidateSet broken_;
  std::map<int, CandidateId> filled_;  ///< by slot
  std::vector<double> pooled_;
  Course course_;
};

}  // namespace amsel
