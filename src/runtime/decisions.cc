#include "amsel/decisions.h"

#include <cmath>
#include <optional>

#include "backend/canonical.h"
#include "base/status_macros.h"
#include "image/within_memory.h"
#include "runtime/course.h"
#include "runtime/engine_state.h"

namespace amsel {

struct Decisions::State {
  /// A decision, and whether it would have been another one with all candidates.
  struct Decided {
    Step step;
    bool restricted = false;

    bool ends() const { return step.kind == Step::Kind::kAnswer || step.kind == Step::Kind::kAbstain; }
    bool runs(CandidateId candidate) const { return step.kind == Step::Kind::kRun && step.candidate == candidate; }
  };

  State(Engine::State& of_engine, WorkspacePool::Loan loan)
      : engine(&of_engine), workspace(std::move(loan)), course(of_engine.bundle) {}

  const Bundle& bundle() const { return engine->bundle; }
  Nanoseconds Now() const { return engine->clock.Now(); }
  /// Usage error where the candidate cannot have run or failed just now.
  Status CheckUntried(CandidateId candidate) const;
  /// What Ran and RanWithConfidence share: `read` makes the canonical output.
  template <typename ReadOutput>
  Status Ran(CandidateId candidate, Nanoseconds took, Nanoseconds preprocess, ReadOutput&& read);

  Engine::State* engine;
  WorkspacePool::Loan workspace;
  Course course;
  std::size_t point = 0;
  std::optional<Decided> last;  ///< while it is not yet done
  Nanoseconds deciding{0};
};

namespace {

constexpr const char* kRestricted = "another decision than with all candidates";

}  // namespace

Decisions::Decisions(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decisions::~Decisions() = default;
Decisions::Decisions(Decisions&&) noexcept = default;
Decisions& Decisions::operator=(Decisions&&) noexcept = default;

Result<Decisions> Decisions::Create(Engine& engine) {
  return WithinMemory("decisions", [&]() -> Result<Decisions> {
    AMSEL_ASSIGN_OR_RETURN(WorkspacePool::Loan workspace, engine.state_->pool.Lend());
    Decisions decisions(std::make_unique<State>(*engine.state_, std::move(workspace)));
    decisions.Begin();
    return decisions;
  });
}

void Decisions::Begin(std::vector<ExplainedStep>* steps) {
  State& state = *state_;
  const Nanoseconds before = state.Now();
  state.point = state.engine->point;
  state.workspace->Forget();
  state.course.Begin(state.bundle().policy(), state.workspace->EpisodeAt(state.point), steps);
  state.last.reset();
  state.deciding = state.Now() - before;
}

Step Decisions::Next(CandidateSet available) {
  State& state = *state_;
  const Nanoseconds before = state.Now();
  const CandidateSet untried = state.course.untried();
  CandidateSet allowed;
  for (CandidateId id = 0; id < state.bundle().policy().candidate_count(); ++id) {
    if (untried.Contains(id) && available.Contains(id)) allowed.Insert(id);
  }
  const Step wish = state.course.Next(untried);
  const Step step = allowed == untried ? wish : state.course.Next(allowed);
  state.last = State::Decided{step, wish.kind != step.kind || wish.candidate != step.candidate};
  state.deciding += state.Now() - before;
  if (state.course.explains()) state.course.Explain(step, allowed);
  return step;
}

Status Decisions::State::CheckUntried(CandidateId candidate) const {
  const int count = bundle().policy().candidate_count();
  if (candidate < 0 || candidate >= count) {
    return UsageError("there is no candidate " + std::to_string(candidate) + ": the bundle has " +
                      std::to_string(count));
  }
  if (course.untried().Contains(candidate)) return {};
  return UsageError(course.NameOf(candidate) + " has already run or failed for this input");
}

template <typename ReadOutput>
Status Decisions::State::Ran(CandidateId candidate, Nanoseconds took, Nanoseconds preprocess, ReadOutput&& read) {
  const Nanoseconds before = Now();
  AMSEL_RETURN_IF_ERROR(CheckUntried(candidate));
  const std::span<float> log_probs = workspace->log_probs();
  AMSEL_RETURN_IF_ERROR(read(log_probs));
  if (!last || !last->runs(candidate)) {
    course.Degrade(course.NameOf(candidate) + ": ran without having been asked for");
  } else if (last->restricted) {
    course.Degrade(kRestricted);
  }
  course.Observe({candidate, Nanoseconds(0), preprocess, took}, log_probs);
  last.reset();
  deciding += Now() - before;
  return {};
}

Status Decisions::Ran(CandidateId candidate, std::span<const float> output, std::chrono::nanoseconds took,
                      std::chrono::nanoseconds preprocess) {
  return state_->Ran(candidate, took, preprocess, [&](std::span<float> log_probs) -> Status {
    if (state_->bundle().policy().answers_are_own()) {
      return UsageError("the bundle knows no classes: it takes confidences, not outputs");
    }
    const Card& card = state_->bundle().card(candidate);
    const Status read = Canonicalize(output, card.output_kind, card.skip_leading_classes, log_probs);
    return read.ok() ? read : UsageError(state_->course.NameOf(candidate) + ": " + read.error().message);
  });
}

Status Decisions::RanWithConfidence(CandidateId candidate, float confidence, std::chrono::nanoseconds took,
                                    std::chrono::nanoseconds preprocess) {
  return state_->Ran(candidate, took, preprocess, [&](std::span<float> log_probs) -> Status {
    if (!state_->bundle().policy().answers_are_own()) {
      return UsageError("the bundle knows classes: it takes outputs, not confidences");
    }
    const bool sound = confidence >= 0 && confidence <= 1;
    if (!sound) {
      return UsageError(state_->course.NameOf(candidate) + ": a confidence is a number from 0 to 1, not " +
                        std::to_string(confidence));
    }
    log_probs.front() = CanonicalConfidence(confidence);
    return {};
  });
}

Status Decisions::Failed(CandidateId candidate, const std::string& why) {
  AMSEL_RETURN_IF_ERROR(state_->CheckUntried(candidate));
  state_->course.Fail(candidate, why);
  state_->last.reset();
  return {};
}

Status Decisions::Extract(const ImageView& image) {
  State& state = *state_;
  if (state.bundle().manifest().features.empty()) return UsageError("the bundle's policy reads no image features");
  return WithinMemory("the image", [&]() -> Status {
    const Nanoseconds before = state.Now();
    state.workspace->Forget();
    AMSEL_ASSIGN_OR_RETURN(const ImageView bgr, state.engine->Read(image, *state.workspace));
    const Result<std::span<const float>> features = state.workspace->Features(bgr);
    state.course.TakeFeatures(features, state.Now() - before);
    return {};
  });
}

Status Decisions::GiveFeatures(std::span<const float> values, std::chrono::nanoseconds took) {
  const std::size_t expected = state_->bundle().policy().feature_names().size();
  if (values.size() != expected) {
    return UsageError("there are " + std::to_string(values.size()) + " features, expected " + std::to_string(expected));
  }
  for (std::size_t f = 0; f < values.size(); ++f) {
    if (std::isfinite(values[f])) continue;
    return UsageError("the feature " + state_->bundle().policy().feature_names()[f] + " is no finite number");
  }
  state_->course.TakeFeatures(values, took);
  return {};
}

void Decisions::DenyFeatures(const std::string& why) {
  state_->course.DenyFeatures("the image features: " + why);
}

Status Decisions::Finish(Answer& answer) {
  State& state = *state_;
  if (state.course.nothing_ran()) return RuntimeFailure("no candidate has run: there is no answer");
  const bool ended = state.last && state.last->ends();
  Nanoseconds total = state.deciding + state.course.answer().features;
  for (const CandidateRun& run : state.course.answer().runs) total += run.preprocess + run.inference;
  state.course.Conclude(ended ? state.last->step : Step{Step::Kind::kAnswer}, total);
  answer = state.course.answer();
  if (!ended || state.last->restricted) {
    answer.degraded = true;
    answer.problems.emplace_back(ended ? kRestricted : "asked for before the policy would have answered");
  }
  state.engine->Label(answer, state.point, /*deadline=*/false);
  answer.certified = false;  // whoever ran the candidates, it was not who tested them
  return {};
}

}  // namespace amsel
