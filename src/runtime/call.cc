// One call: before each decision the candidates whose planned time does not fit in what is left, and those that the
// memory budget cannot hold, are left out, and the policy decides again among the others.
#include "runtime/call.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status_macros.h"
#include "policy/drive.h"
#include "runtime/figure_text.h"

namespace amsel {
namespace {

std::string MsText(Nanoseconds duration) {
  return Formatted("%.6g ms", Milliseconds(std::max(duration, Nanoseconds(0))));
}

std::string MbText(std::int64_t bytes) {
  return Formatted("%.1f MB", static_cast<double>(bytes) * 1e-6);
}

}  // namespace

Call::Call(Executor& executor, const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget,
           std::vector<ExplainedStep>* steps)
    : executor_(executor), course_(executor.bundle()), image_(image), budget_(budget), start_(executor.clock().Now()) {
  executor_.Forget();
  course_.Begin(policy, episode, steps);
}

std::optional<Nanoseconds> Call::TimeLeft() const {
  if (!budget_.deadline) return {};
  return *budget_.deadline - budget_.spent - (Now() - start_ - not_charged_);
}

CandidateSet Call::Fitting(std::optional<Nanoseconds> left) const {
  CandidateSet fitting;
  for (CandidateId id = 0; id < policy().candidate_count(); ++id) {
    if (!course_.untried().Contains(id) || !store().Fits(id)) continue;
    if (!left || executor_.PlannedTime(id) <= *left) fitting.Insert(id);
  }
  return fitting;
}

std::string Call::WhyNot(CandidateId id, std::optional<Nanoseconds> left) const {
  if (!store().Fits(id)) {
    return "does not fit the memory budget: needs " + MbText(store().BytesOf(id)) + " of the " +
           MbText(*store().allowance()) + " that candidates may take";
  }
  const std::optional<Nanoseconds> load = store().TimeToLoad(id);
  const std::string what = "did not fit the deadline: ";
  if (!load) return what + "is not loaded, and what runs now takes the memory that it needs";
  return what + "needs " + MsText(executor_.PlannedTime(id)) +
         (*load > Nanoseconds(0) ? " (" + MsText(*load) + " to load)" : "") + ", left were " + MsText(*left);
}

void Call::NoteRestriction(const Step& wish, std::optional<Nanoseconds> left) {
  const bool features = wish.kind == Step::Kind::kExtract;
  if (left) {
    Nanoseconds cheapest = FromMilliseconds(std::numeric_limits<double>::infinity());
    for (CandidateId id = 0; id < policy().candidate_count(); ++id) {
      if (course_.untried().Contains(id)) cheapest = std::min(cheapest, executor_.PlannedTime(id));
    }
    needed_ = cheapest + (features ? FeaturesTime() : Nanoseconds(0));
    left_ = *left;
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
  if (budget_.deadline || store().allowance()) step = DecideWithin(step, TimeLeft(), allowed);
  if (!course_.explains()) return step;
  const Nanoseconds before = Now();
  course_.Explain(step, allowed);
  not_charged_ += Now() - before;
  return step;
}

std::span<const std::byte> Call::Prepare(CandidateId id) {
  const Nanoseconds start = Now();
  const std::span<const std::byte> tensor = executor_.Prepare(id, image_);
  preparing_ += Now() - start;
  return tensor;
}

Status Call::Observe(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw) {
  AMSEL_RETURN_IF_ERROR(runner.Canonical(raw, executor_.log_probs()));
  run.preprocess = std::exchange(preparing_, {});
  course_.Observe(run, executor_.log_probs());
  return {};
}

void Call::Ran(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw) {
  not_charged_ -= run.load + run.inference;
  if (const Status status = Observe(runner, run, raw); !status.ok()) Failed(run.candidate, status.error());
}

void Call::Failed(CandidateId id, const Error& error) {
  preparing_ = {};
  course_.Fail(id, error.message);
}

Status Call::Try(CandidateId id) {
  const Nanoseconds asked = Now();
  std::optional<Nanoseconds> patience = TimeLeft();
  if (patience) patience = std::max(*patience, Nanoseconds(0));
  const bool loaded = store().Loaded(id);
  AMSEL_ASSIGN_OR_RETURN(const CandidateStore::Use use, store().Get(id, patience));
  const Nanoseconds load = loaded ? Nanoseconds(0) : Now() - asked;
  AMSEL_ASSIGN_OR_RETURN(const Nanoseconds took, use.Infer(Prepare(id), 1, executor_.raw()));
  return Observe(use.runner(), {id, load, {}, took}, executor_.raw());
}

void Call::Execute(CandidateId id) {
  if (const Status status = Try(id); !status.ok()) Failed(id, status.error());
}

Error Call::NothingRan() const {
  std::string why;
  for (const std::string& problem : course_.answer().problems) why += "\n  " + problem;
  if (!needed_) return RuntimeFailure("no candidate could run:" + why);
  return RuntimeFailure("the deadline of " + MsText(*budget_.deadline) +
                        " is too short: the cheapest candidate needs " + MsText(*needed_) + ", and " + MsText(left_) +
                        " are left" + why);
}

CandidateId Call::Advance() {
  last_ = AdvanceBy([this] { return Decide(); }, [this] { executor_.Extract(image_, Now(), course_); });
  return last_.kind == Step::Kind::kRun ? last_.candidate : kNoCandidate;
}

Result<Answer> Call::Run() {
  for (CandidateId id = Advance(); id != kNoCandidate; id = Advance()) Execute(id);
  return Finish();
}

Result<Answer> Call::Finish() {
  const Nanoseconds total = Now() - start_ - not_charged_;
  if (course_.nothing_ran()) return NothingRan();
  course_.Conclude(last_, total);
  return course_.Take();
}

}  // namespace amsel
