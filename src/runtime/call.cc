// One call: before each decision the candidates whose planned time does not fit in what is left, and those that the
// memory budget cannot hold, are left out, and the policy decides again among the others.
#include "runtime/call.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "policy/drive.h"
#include "runtime/candidate_turn.h"
#include "runtime/figure_text.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

std::string MsText(Nanoseconds duration) {
  return Formatted("%.6g ms", Milliseconds(std::max(duration, Nanoseconds(0))));
}

std::string MbText(std::int64_t bytes) {
  return Formatted("%.1f MB", static_cast<double>(bytes) * 1e-6);
}

}  // namespace

/// While it lives, time counts for a call that shares runs.
class Call::Charge {
 public:
  explicit Charge(Call& call) : call_(call) {
    if (call.paused_since_) call.start_ += call.Now() - *call.paused_since_;
  }
  ~Charge() {
    if (call_.paused_since_) call_.paused_since_ = call_.Now();
  }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

 private:
  Call& call_;
};

Call::Call(Workspace& workspace, const Policy& policy, Episode& episode, const ImageView& image,
           const TimeBudget& budget, std::vector<ExplainedStep>* steps)
    : workspace_(workspace),
      course_(workspace.bundle()),
      image_(image),
      budget_(budget),
      start_(workspace.clock().Now()) {
  workspace_.Forget();
  course_.Begin(policy, episode, steps);
}

std::optional<Nanoseconds> Call::TimeLeft() const {
  if (!budget_.deadline) return {};
  return *budget_.deadline - budget_.spent - (Now() - start_);
}

/// What running the candidate next would take, by plan; a century where the bundle does not say, or where it cannot be
/// had.
Nanoseconds Call::PlannedTime(CandidateId id) const {
  const DnnCost* cost = PlanningCost(workspace_.bundle().manifest().candidates[static_cast<std::size_t>(id)]);
  const std::optional<Nanoseconds> load = store().TimeToLoad(id);
  if (cost == nullptr || !load) return FromMilliseconds(std::numeric_limits<double>::infinity());
  const double preprocess_ms = workspace_.IsPrepared(id) ? 0 : cost->preprocess_ms;
  return FromMilliseconds(cost->inference_p99_ms + preprocess_ms + Milliseconds(*load));
}

CandidateSet Call::Fitting(std::optional<Nanoseconds> left) const {
  CandidateSet fitting;
  for (CandidateId id = 0; id < policy().candidate_count(); ++id) {
    if (!course_.untried().Contains(id) || !store().Fits(id)) continue;
    if (!left || PlannedTime(id) <= *left) fitting.Insert(id);
  }
  return fitting;
}

std::string Call::WhyNot(CandidateId id, std::optional<Nanoseconds> left) const {
  if (!store().Fits(id)) {
    return "does not fit the memory budget: needs " + MbText(store().BytesOf(id)) + " of the " +
           MbText(store().budget()->allowance()) + " that candidates may take";
  }
  const std::optional<Nanoseconds> load = store().TimeToLoad(id);
  const std::string what = "did not fit the deadline: ";
  if (!load) return what + "is not loaded, and what runs now takes the memory that it needs";
  return what + "needs " + MsText(PlannedTime(id)) +
         (*load > Nanoseconds(0) ? " (" + MsText(*load) + " to load)" : "") + ", left were " + MsText(*left);
}

void Call::NoteRestriction(const Step& wish, std::optional<Nanoseconds> left) {
  const bool features = wish.kind == Step::Kind::kExtract;
  if (left) {
    Nanoseconds cheapest = FromMilliseconds(std::numeric_limits<double>::infinity());
    for (CandidateId id = 0; id < policy().candidate_count(); ++id) {
      if (course_.untried().Contains(id)) cheapest = std::min(cheapest, PlannedTime(id));
    }
    shortage_ = {cheapest + (features ? FeaturesTime() : Nanoseconds(0)), *left};
  }
  if (wish.kind == Step::Kind::kRun && noted_.Contains(wish.candidate)) return;
  std::string what = left ? "another decision than without a deadline" : "another decision than with more memory";
  if (features) what = "the image features did not fit the deadline";
  if (wish.kind == Step::Kind::kRun) {
    noted_.Insert(wish.candidate);
    what = course_.NameOf(wish.candidate) + ": " + WhyNot(wish.candidate, left);
    if (left) store().Want(wish.candidate);  // so that a later image finds it
  }
  course_.Degrade(std::move(what));
}

/// What is left when there is no time for the features that a decision needs. The policy alone knows whether what has
/// run is enough for an answer.
Step Call::WithoutFeatures(CandidateSet allowed) {
  const Step none{Step::Kind::kAbstain, kNoCandidate, 0, 0};
  if (course_.nothing_ran()) return none;
  course_.DenyFeatures("");
  const Step step = course_.Next(allowed);
  return step.kind == Step::Kind::kExtract ? none : step;
}

Step Call::DecideWithin(const Step& wish, std::optional<Nanoseconds> left, CandidateSet& allowed) {
  allowed = Fitting(left);
  Step step = allowed == course_.untried() ? wish : course_.Next(allowed);
  if (step.kind == Step::Kind::kExtract && left) {
    // Before anything has run, features are of use only if a candidate still fits after them.
    const Nanoseconds after = *left - FeaturesTime();
    const bool fits = course_.nothing_ran() ? !Fitting(after).empty() : after >= Nanoseconds(0);
    if (!fits) step = WithoutFeatures(allowed);
  }
  if (step.kind != wish.kind || step.candidate != wish.candidate) NoteRestriction(wish, left);
  return step;
}

Step Call::Decide() {
  CandidateSet allowed = course_.untried();
  Step step = course_.Next(allowed);
  if (budget_.deadline || store().budget()) step = DecideWithin(step, TimeLeft(), allowed);
  if (!course_.explains()) return step;
  const Nanoseconds before = Now();
  course_.Explain(step, allowed);
  start_ += Now() - before;
  return step;
}

std::span<const std::byte> Call::Prepare(CandidateId id) {
  const Charge charge(*this);
  const Nanoseconds start = Now();
  const std::span<const std::byte> tensor = workspace_.Prepare(id, image_);
  preparing_ += Now() - start;
  return tensor;
}

void Call::Ran(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw) {
  const Charge charge(*this);
  if (paused_since_) start_ -= run.load + run.inference;
  const std::span<float> log_probs = workspace_.log_probs();
  if (const Status status = runner.Canonical(raw, log_probs); !status.ok())
    return Failed(run.candidate, status.error());
  run.preprocess = std::exchange(preparing_, {});
  course_.Observe(run, log_probs);
}

void Call::Failed(CandidateId id, const Error& error) {
  preparing_ = {};
  course_.Fail(id, error.message);
}

Error Call::NothingRan() const {
  std::string why;
  for (const std::string& problem : course_.answer().problems) why += "\n  " + problem;
  if (!shortage_) return RuntimeFailure("no candidate could run:" + why);
  return RuntimeFailure("the deadline of " + MsText(*budget_.deadline) +
                        " is too short: the cheapest candidate needs " + MsText(shortage_->needed) + ", and " +
                        MsText(shortage_->left) + " are left" + why);
}

CandidateId Call::Advance() {
  const Charge charge(*this);
  last_ = AdvanceBy([this] { return Decide(); },
                    [this] {
                      const Nanoseconds begun = Now();
                      const Result<std::span<const float>> features = workspace_.Features(image_);
                      course_.TakeFeatures(features, Now() - begun);
                    });
  return last_.kind == Step::Kind::kRun ? last_.candidate : kNoCandidate;
}

Result<Answer> Call::Run() {
  Call* const alone = this;
  for (CandidateId id = Advance(); id != kNoCandidate; id = Advance()) RunCandidate(id, {&alone, 1});
  return Finish();
}

Result<Answer> Call::Finish() {
  const Charge charge(*this);
  const Nanoseconds total = Now() - start_;
  if (course_.nothing_ran()) return NothingRan();
  course_.Conclude(last_, total);
  Answer answer = course_.Take();
  answer.decode = budget_.spent;
  answer.late = budget_.deadline && budget_.spent + total > *budget_.deadline;
  return answer;
}

}  // namespace amsel
