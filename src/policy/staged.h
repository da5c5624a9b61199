// The staged policy: runs candidates one after another, pools what they answered, and stops as soon as the pooled
// answer is sure enough.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "policy/common.h"
#include "policy/gate.h"
#include "policy/head.h"

namespace amsel {

/// The most candidates that a staged policy runs for one image.
inline constexpr int kMaxStages = 5;

/// A place in a path: always the same candidate, or one of several that a gate picks for each image. Heads share their
/// parameters by slot, whoever fills it.
struct Slot {
  std::vector<CandidateId> members;  ///< at least one
  int gate = -1;                     ///< index into the gates; −1: the only member
};

/// What makes a stage stop.
enum class StopSignal {
  kConfidence,  ///< probability of the pooled answer
  kAgreement,   ///< share of the candidates so far that give the pooled answer; 0 after only one
};

/// One stage: run `slot`, pool by `head`, then go on by the first branch whose `below` lies above the stop signal, or
/// answer.
struct StageNode {
  struct Branch {
    float below = 0;
    int node = 0;     ///< later in the list, so that every path ends
    float value = 0;  ///< share of the images that took it in training for which the answer was right
  };
  int slot = 0;
  int head = 0;
  float value = 0;  ///< share of the images that ended here in training for which the answer was right
  std::vector<Branch> branches;
};

/// All that a staged policy knows besides the common facts.
struct StagedPlan {
  std::vector<Slot> slots;
  std::vector<FeatureGate> gates;
  std::vector<Head> heads;
  std::vector<StageNode> nodes;  ///< trees of stages, one a point
  std::vector<int> roots;        ///< per operating point, its first stage
  StopSignal signal = StopSignal::kConfidence;
  float abstain_below = 0;  ///< an answer with a lower probability is withheld (Chow 1970); 0: never
};

/// Decides by walking the tree of its operating point from the root along what has run. If a candidate that it wants
/// may not run, a gate takes its next best; otherwise the policy answers with what has run, or, where nothing has, runs
/// the most capable candidate that may.
class StagedPolicy final : public CommonPolicy {
 public:
  StagedPolicy(PolicyCommon common, StagedPlan plan);

  std::string_view kind() const override { return "staged"; }
  std::size_t scratch_size() const override;
  Step Next(const EpisodeState& state, CandidateSet allowed) const override;
  void Pool(const EpisodeState& state, std::span<float> out) const override;
  std::vector<ExplanationNote> Explain(const EpisodeState& state, CandidateSet allowed) const override;

  int most_stages() const override { return kMaxStages; }
  bool may_abstain() const override { return plan_.abstain_below > 0; }
  CandidateSet ReachedAt(int point) const override;
  CandidateId OnlyCandidateAt(int point) const override;
  bool BeginsWithOne(int point) const override;
  bool ReadsFeaturesWithin(int point, int stages) const override;
  bool DecideAlike(int a, int b) const override;
  /// Any member of each slot down the dearest branch.
  double DearestPath(int point, std::span<const StepCost> costs, double features_cost) const override;
  std::unique_ptr<Policy> WithPoints(std::span<const PointOf> points, std::vector<double> costs_ms) const override;
  std::unique_ptr<Policy> Forced(int point, int stages) const override;
  void Save(PolicyRecord& record) const override;

  const StagedPlan& plan() const { return plan_; }

  /// Which of `among` fills `slot` for an image with these features: the gate's highest score, the earlier of equals;
  /// kNoCandidate where no member is among them. `scratch` has scratch_size() floats.
  CandidateId Pick(int slot, std::span<const float> features, CandidateSet among, std::span<float> scratch) const;

 private:
  /// Where an input stands in the tree.
  struct Place {
    enum class Kind { kWants, kNeedsFeatures, kAnswers, kOffPlan };
    Kind kind = Kind::kOffPlan;
    int stages = 0;                               ///< stages that are over
    std::array<int, kMaxStages> slots{};          ///< of these stages
    std::array<CandidateId, kMaxStages> picks{};  ///< who filled them
    int node = -1;                                ///< the last of them
    float signal = 0;                             ///< after it
    float confidence = 0;                         ///< probability of the pooled answer after it
    CandidateId wanted = kNoCandidate;            ///< kWants: who should run
    int wanted_slot = -1;                         ///< and for which slot
  };

  Place Walk(const EpisodeState& state) const;
  void ApplyHead(int head, const EpisodeState& state, const Place& place, std::span<float> out) const;
  float Agreement(const EpisodeState& state, const Place& place, std::span<const float> pooled) const;
  void Pass(Place& place, int node, CandidateId pick, const EpisodeState& state) const;
  std::span<float> PoolScratch(const EpisodeState& state) const;
  void ExplainBranches(const EpisodeState& state, const Place& place, std::vector<ExplanationNote>& notes) const;

  StagedPlan plan_;
  std::size_t gate_scratch_ = 0;
  std::vector<int> own_head_;  ///< per candidate: a head over that candidate alone; −1: none
};

}  // namespace amsel
