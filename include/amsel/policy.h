// What decides, step by step, what happens next for one input: Policy (immutable, shared) and Episode (one input).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/candidate.h"

namespace amsel {

/// Canonical output of one candidate: natural log-probabilities by class, clamped at −24 and rounded to float16.
using LogProbs = std::span<const float>;

/// The exposed internal tensor of one candidate; empty where the candidate exposes none.
using Embedding = std::span<const float>;

/// One decision.
struct Step {
  enum class Kind {
    kExtract,  ///< extract the image features, then ask again; at most once for an input
    kRun,      ///< run `candidate` next
    kAnswer,   ///< answer now, from what has run
    kAbstain,  ///< give no answer: nothing may run and nothing has, or what has run is not sure enough
  };
  Kind kind = Kind::kAbstain;
  CandidateId candidate = kNoCandidate;
  float price = 0;  ///< what running `candidate` costs, in milliseconds of the planning device
  float value = 0;  ///< the policy's estimate that the candidate (or the answer) is right, in 0..1; 0 if it has none
};

/// An answer: the most probable class (ties to the lowest index) and the distribution that it came from.
struct Prediction {
  int label = -1;         ///< class index; −1 while nothing has run (never a default answer)
  float probability = 0;  ///< of `label`, in 0..1
  LogProbs log_probs;     ///< by class; owned by the episode, valid until it moves on
};

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

/// One line of an explanation: what was looked at, its figure, and what came of it.
struct ExplanationNote {
  CandidateId candidate = kNoCandidate;  ///< whom it is about
  std::string subject;                   ///< for example "P(right) by 50 neighbours"
  double figure = 0;                     ///< the subject's value
  std::string outcome;                   ///< in words: "yes", "no", "may not run" …
};

/// Decides. Immutable after construction and safe to share between threads. Decisions allocate nothing, do no I/O and
/// read no clock, so that simulation, engine, server and replay decide alike.
class Policy {
 public:
  virtual ~Policy() = default;

  /// "single", "chain", "p-right", …
  virtual std::string_view kind() const = 0;
  virtual int candidate_count() const = 0;
  virtual int class_count() const = 0;
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
};

/// One input at one operating point: what has been seen so far, and what to do next. The one stage loop: simulation,
/// engine, batch and replay all advance this object. Pure, reusable through Begin() without allocation, not
/// thread-safe.
class Episode {
 public:
  /// Allocates all that later calls need. The policy must outlive the episode.
  explicit Episode(const Policy& policy, int operating_point = 0);

  /// Starts on a new input: nothing extracted, nothing run.
  void Begin();

  /// The image's features, as many as the policy has names for. Copied.
  void ObserveFeatures(std::span<const float> features);

  /// The features will not come: there is no time for them (only after something has run), or they cannot be had. Where
  /// nothing has run the most capable candidate that may runs without them.
  void DenyFeatures() { denied_ = true; }

  /// The next step; `allowed` are those that may run now. Candidates already observed or failed are never proposed.
  Step Next(CandidateSet allowed) const;

  /// The canonical output of a candidate that ran: log_probs[classes]. Copied.
  void Observe(CandidateId id, LogProbs log_probs, Embedding embedding = {});

  /// Candidate `id` could not run; it is not proposed again for this input.
  void MarkFailed(CandidateId id) { tried_.Insert(id); }

  /// The answer from what has run; valid at any time.
  Prediction Answer() const;

  /// Candidates observed, in order.
  std::span<const CandidateId> path() const { return path_; }

  /// Why Next decides as it does now. Allocates.
  std::vector<ExplanationNote> Explain(CandidateSet allowed) const;

 private:
  EpisodeState State() const;
  CandidateSet Untried(CandidateSet allowed) const;

  const Policy* policy_;
  int operating_point_;
  bool extracted_ = false;
  bool denied_ = false;
  CandidateSet tried_;
  std::vector<CandidateId> path_;
  std::vector<float> features_;
  std::vector<float> log_probs_;
  mutable std::vector<float> scratch_;
  mutable std::vector<float> pooled_;
};

}  // namespace amsel
