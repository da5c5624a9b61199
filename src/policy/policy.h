// What decides, step by step, what happens next for one input: Policy (immutable, shared); an Episode
// (policy/episode.h) takes it through one input.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/candidate.h"
#include "amsel/step.h"
#include "policy/path_cost.h"

namespace amsel {

/// Canonical output of one candidate: natural log-probabilities by class, clamped at −24 and rounded to float16. Of
/// kOwnAnswers: that of the one class, "right", by how sure the candidate is of the answer that it gave.
using LogProbs = std::span<const float>;

/// The number of classes of a policy that knows none: candidates give answers of their own, of whatever kind, and say
/// how sure they are. Nothing is pooled: the answer is that of the candidate that ran last.
inline constexpr int kOwnAnswers = 1;

struct PolicyRecord;  // policy/policy_file.h

/// What a policy may look at for one input. Owned by the Episode; policies keep nothing between calls.
struct EpisodeState {
  std::span<const float> features;  ///< [feature_count] in the order of Policy::feature_names(); empty until extracted
  bool features_denied = false;     ///< they will not come: what comes next is decided without
  std::span<const CandidateId> path;  ///< candidates observed, in order
  int operating_point = 0;            ///< index into the policy's operating points
  int classes = 0;                    ///< number of classes
  std::span<const float> log_probs;   ///< [candidates × classes]; rows off the path are unspecified
  std::span<float> scratch;           ///< [Policy::scratch_size()] working memory: zero at first, kept for one input

  LogProbs LogProbsOf(CandidateId id) const {
    return log_probs.subspan(static_cast<std::size_t>(id) * classes, static_cast<std::size_t>(classes));
  }
};

/// A point of a policy under a name of its own.
struct PointOf {
  std::string name;
  std::size_t from = 0;  ///< index into the operating points of the policy
};

/// Decides. Immutable after construction and safe to share between threads. Decisions allocate nothing, do no I/O and
/// read no clock, so that simulation, engine, server and replay decide alike.
///
/// It also knows itself: what an operating point may run by its own plan, without failures, deadlines or budgets.
/// Unless a class says otherwise, its policies decide once, and any candidate may be the one.
class Policy {
 public:
  virtual ~Policy() = default;

  /// "single", "chain", "p-right", …
  virtual std::string_view kind() const = 0;
  virtual int candidate_count() const = 0;
  virtual int class_count() const = 0;
  bool answers_are_own() const { return class_count() == kOwnAnswers; }
  /// Names of the image features that it reads, in order; empty when it needs none.
  virtual const std::vector<std::string>& feature_names() const = 0;
  /// Floats of working memory that a decision needs.
  virtual std::size_t scratch_size() const { return 0; }
  /// Names of its operating points, at least one.
  virtual const std::vector<std::string>& operating_points() const = 0;

  /// What comes next. `allowed` are the candidates that may run and have not been tried yet. Asks for features
  /// (kExtract) only when the decision needs them, so that inputs which need none do not pay for them; never once they
  /// are denied, when it answers or abstains by what has run, or runs a candidate where nothing has.
  virtual Step Next(const EpisodeState& state, CandidateSet allowed) const = 0;

  /// The answer's distribution from the candidates on the path (never empty), into out[classes].
  /// By default the last candidate's own.
  virtual void Pool(const EpisodeState& state, std::span<float> out) const;

  /// Why Next decides as it does in this state. May allocate.
  virtual std::vector<ExplanationNote> Explain(const EpisodeState& state, CandidateSet allowed) const = 0;

  /// The most candidates that it may run for one image; 1: it decides once. One with more has WithPoints() and
  /// Forced().
  virtual int most_stages() const { return 1; }

  /// Whether it may withhold an answer that is not sure enough.
  virtual bool may_abstain() const { return false; }

  /// The candidates that some image may make it run.
  virtual CandidateSet ReachedAt(int point) const;

  /// The candidate that answers every image as it comes at this point; kNoCandidate where more than one may run, or
  /// what follows may change its answers.
  virtual CandidateId OnlyCandidateAt(int point) const;

  /// Whether every image begins with the same candidate at this point: then it is warm where image after image ends
  /// with it. Where images begin with one or another, the first of an image, too, runs after another candidate.
  virtual bool BeginsWithOne(int point) const;

  /// Whether an image that ends after `stages` candidates at `point` may have needed features.
  virtual bool ReadsFeaturesWithin(int point, int stages) const;

  /// Whether two points do the same with every image.
  virtual bool DecideAlike(int a, int b) const;

  /// The dearest that one image can be at this point. `costs` are by candidate; one that runs alone is warm where
  /// BeginsWithOne.
  virtual double DearestPath(int point, std::span<const StepCost> costs, double features_cost) const;

  /// The same policy with these points and these planned costs by candidate; null where it decides once: such a policy
  /// may decide by costs, and stays as it was tested.
  virtual std::unique_ptr<Policy> WithPoints(std::span<const PointOf> points, std::vector<double> costs_ms) const;

  /// The policy with one point, which runs the stages of `point` whatever they answer, and `stages` of them at most;
  /// null where it decides once.
  virtual std::unique_ptr<Policy> Forced(int point, int stages) const;

  /// Adds all that it knows.
  virtual void Save(PolicyRecord& record) const = 0;
};

}  // namespace amsel
