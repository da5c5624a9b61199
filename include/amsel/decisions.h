// For those who run the DNNs themselves: what to run next for an input, and when to stop.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "amsel/candidate.h"
#include "amsel/engine.h"
#include "amsel/image.h"
#include "amsel/result.h"
#include "amsel/step.h"

namespace amsel {

/// The decisions about one input after another, made as Engine::Run makes them: the same object decides. Any engine
/// makes them, also one whose candidates have the back end "caller", which needs no file of a DNN.
///
///     decisions.Begin();
///     for (;;) {
///       const Step step = decisions.Next();
///       Status done;
///       if (step.kind == Step::Kind::kExtract) {
///         done = decisions.Extract(image);
///       } else if (step.kind == Step::Kind::kRun) {
///         done = decisions.Ran(step.candidate, MyDnn(step.candidate, input), took);
///       } else {
///         return decisions.Finish(answer);
///       }
///       if (!done.ok()) return done;  // or Failed(): until it is done, Next() says the same
///     }
///
/// Not thread-safe: each thread has its own, of one engine, which must outlive it. Once it has been through inputs as
/// long, another at the same operating point takes no memory, unless something fails, is left out or is explained.
class Decisions {
 public:
  /// Error where memory or the features of the bundle cannot be had.
  static Result<Decisions> Create(Engine& engine);

  ~Decisions();
  Decisions(Decisions&&) noexcept;
  Decisions& operator=(Decisions&&) noexcept;

  /// Starts on a new input, at the engine's operating point of now. `steps`, which may be null and must live until the
  /// next Begin(), receives the explanation.
  void Begin(std::vector<ExplainedStep>* steps = nullptr);

  /// What to do next. Asked again before it was done, it says the same. Where a candidate cannot run now (its
  /// accelerator is busy, there is no time), leave it out of `available`: where something else is then done, the
  /// answer is degraded.
  Step Next(CandidateSet available = CandidateSet::All(kMaxCandidates));

  /// The candidate ran. `output` is what its DNN gave, as its card says: so many leading values and then the classes,
  /// logits or probabilities. `took`: its inference; `preprocess`: what was done for its input alone. Degrades the
  /// answer where another step was decided. Errors, which change nothing: there is no such candidate, it has run or
  /// failed for this input, the output has another number of values, or one that is not finite.
  Status Ran(CandidateId candidate, std::span<const float> output, std::chrono::nanoseconds took = {},
             std::chrono::nanoseconds preprocess = {});

  /// The candidate ran, and is so sure of the answer that it gave, 0 … 1 (0.5: it does not tell). For bundles that know
  /// no classes, which were learned from confidences (docs/formats/outcomes.md), and in place of Ran. Errors as there.
  Status RanWithConfidence(CandidateId candidate, float confidence, std::chrono::nanoseconds took = {},
                           std::chrono::nanoseconds preprocess = {});

  /// The candidate could not run, for this reason: it is not asked for again, and the answer is degraded.
  Status Failed(CandidateId candidate, const std::string& why);

  /// Reads the image features that a Step::Kind::kExtract asks for. Error where the image cannot be read, see
  /// Engine::Run. Where a DNN that features come from cannot run, as with "caller", the policy does without.
  Status Extract(const ImageView& image);
  /// The same by someone else: one finite value for each of Engine::feature_names().
  Status GiveFeatures(std::span<const float> values, std::chrono::nanoseconds took = {});
  /// They cannot be had, for this reason: the policy does without, and the answer is degraded.
  void DenyFeatures(const std::string& why);

  /// The answer of what has run, into `answer`, whose memory is used again. Where the bundle knows no classes it says
  /// whose own answer counts, and how likely that is right. Its total is what was said to have taken,
  /// and deciding. Before Next() has said that there is an answer (or none) it is what an interrupted input has, and
  /// degraded. It is never certified: a certificate speaks of DNNs that were tested. Error
  /// where nothing has run: there is never a default answer.
  Status Finish(Answer& answer);

 private:
  struct State;
  explicit Decisions(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace amsel
