// Policies that decide once, before any candidate has run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/classifier.h"
#include "policy/common.h"
#include "policy/knn.h"

namespace amsel {

/// Decides once: Choose() names a candidate, that one runs, and its own answer is the answer. When the chosen one may
/// not run (it failed, or does not fit) the most capable one that may takes its place.
class Premodel : public CommonPolicy {
 public:
  using CommonPolicy::CommonPolicy;

  Step Next(const EpisodeState& state, CandidateSet allowed) const override;
  std::vector<ExplanationNote> Explain(const EpisodeState& state, CandidateSet allowed) const override;

 protected:
  struct Choice {
    CandidateId candidate = kNoCandidate;
    float value = 0;  ///< see Step::value
  };

  /// The candidate for this input; kNoCandidate leaves it to the fallback order. `notes`, when given, says why.
  virtual Choice Choose(const EpisodeState& state, CandidateSet allowed, std::vector<ExplanationNote>* notes) const = 0;
};

/// Always the same candidate: the plain baseline.
class SinglePolicy final : public Premodel {
 public:
  SinglePolicy(PolicyCommon common, CandidateId candidate) : Premodel(std::move(common)), candidate_(candidate) {}
  std::string_view kind() const override { return "single"; }
  CandidateId OnlyCandidateAt(int) const override { return candidate_count() == 1 ? 0 : kNoCandidate; }
  void Save(PolicyRecord& record) const override;
  CandidateId candidate() const { return candidate_; }

 protected:
  Choice Choose(const EpisodeState& state, CandidateSet allowed, std::vector<ExplanationNote>* notes) const override;

 private:
  CandidateId candidate_;
};

/// Min-max scaling with the training set's range: (x − low) / (high − low); a constant feature becomes 0.
struct FeatureScaler {
  std::vector<float> low;
  std::vector<float> high;
  void Apply(std::span<const float> features, std::span<float> out) const;
};

/// The paper's premodel (§ "Premodel"): a chain of binary gates, "use this candidate?"; the first that says yes
/// decides. When none does, `on_none` answers.
class ChainPolicy final : public Premodel {
 public:
  struct Gate {
    CandidateId candidate = kNoCandidate;
    std::shared_ptr<const Classifier> classifier;  ///< of two classes; 1 is yes
  };
  ChainPolicy(PolicyCommon common, FeatureScaler scaler, std::vector<Gate> gates, CandidateId on_none);
  std::string_view kind() const override { return "chain"; }
  std::size_t scratch_size() const override;
  void Save(PolicyRecord& record) const override;

  const FeatureScaler& scaler() const { return scaler_; }
  const std::vector<Gate>& gates() const { return gates_; }
  CandidateId on_none() const { return on_none_; }

 protected:
  Choice Choose(const EpisodeState& state, CandidateSet allowed, std::vector<ExplanationNote>* notes) const override;

 private:
  FeatureScaler scaler_;
  std::vector<Gate> gates_;
  CandidateId on_none_;
};

/// One classifier whose classes stand for candidates; several may stand for the same one.
class MulticlassPolicy final : public Premodel {
 public:
  /// `choices`: the candidate of each class.
  MulticlassPolicy(PolicyCommon common, FeatureScaler scaler, std::shared_ptr<const Classifier> classifier,
                   std::vector<CandidateId> choices);
  std::string_view kind() const override { return "multiclass"; }
  std::size_t scratch_size() const override;
  void Save(PolicyRecord& record) const override;

  const FeatureScaler& scaler() const { return scaler_; }
  const Classifier& classifier() const { return *classifier_; }
  const std::vector<CandidateId>& choices() const { return choices_; }

 protected:
  Choice Choose(const EpisodeState& state, CandidateSet allowed, std::vector<ExplanationNote>* notes) const override;

 private:
  FeatureScaler scaler_;
  std::shared_ptr<const Classifier> classifier_;
  std::vector<CandidateId> choices_;
};

/// P(right) of each candidate by kNN on the features, less the price of its cost; the highest runs.
class PRightPolicy final : public Premodel {
 public:
  /// `index` has one target per candidate (1 where it was right); `prices_per_ms` one entry per operating point.
  PRightPolicy(PolicyCommon common, FeatureScaler scaler, KnnIndex index, int k, std::vector<double> prices_per_ms);
  std::string_view kind() const override { return "p-right"; }
  std::size_t scratch_size() const override;
  void Save(PolicyRecord& record) const override;

  const FeatureScaler& scaler() const { return scaler_; }
  const KnnIndex& index() const { return index_; }
  int k() const { return k_; }
  const std::vector<double>& prices_per_ms() const { return prices_per_ms_; }

 protected:
  Choice Choose(const EpisodeState& state, CandidateSet allowed, std::vector<ExplanationNote>* notes) const override;

 private:
  FeatureScaler scaler_;
  KnnIndex index_;
  int k_;
  std::vector<double> prices_per_ms_;
};

}  // namespace amsel
