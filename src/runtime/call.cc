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
    : executor_(executor),
      policy_(policy),
      episode_(episode),
      image_(image),
      budget_(budget),
      steps_(steps),
      start_(executor.clock_->Now()),
      untried_(CandidateSet::All(policy.candidate_count())) {
  executor_.inputs_.Forget();
  episode_.Begin();
}

std::optional<Nanoseconds> Call::TimeLeft() const {
  if (!budget_.deadline) return {};
  return *budget_.deadline - budget_.spent - (Now() - start_ - not_charged_);
}

CandidateSet Call::Fitting(std::optional<Nanoseconds> left) const {
  CandidateSet fitting;
  for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
    if (!untried_.Contains(id) || !executor_.store_->Fits(id)) continue;
    if (!left || executor_.PlannedTime(id) <= *left) fitting.Insert(id);
  }
  return fitting;
}

std::string Call::WhyNot(CandidateId id, std::optional<Nanoseconds> left) const {
  const CandidateStore& store = *executor_.store_;
  if (!store.Fits(id)) {
    return "does not fit the memory budget: needs " + MbText(store.BytesOf(id)) + " of the " +
           MbText(*store.allowance()) + " that candidates may take";
  }
  const std::optional<Nanoseconds> load = store.TimeToLoad(id);
  const std::string what = "did not fit the deadline: ";
  if (!load) return what + "is not loaded, and what runs now takes the memory that it needs";
  return what + "needs " + MsText(executor_.PlannedTime(id)) +
         (*load > Nanoseconds(0) ? " (" + MsText(*load) + " to load)" : "") + ", left were " + MsText(*left);
}

void Call::NoteRestriction(const Step& wish, std::optional<Nanoseconds> left) {
  const bool features = wish.kind == Step::Kind::kExtract;
  answer_.degraded = true;
  if (left) {
    Nanoseconds cheapest = FromMilliseconds(std::numeric_limits<double>::infinity());
    for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
      if (untried_.Contains(id)) cheapest = std::min(cheapest, executor_.PlannedTime(id));
    }
    needed_ = cheapest + (features ? FeaturesTime() : Nanoseconds(0));
    left_ = *left;
  }
  if (wish.kind == Step::Kind::kRun && noted_.Contains(wish.candidate)) return;
  std::string what = left ? "another decision than without a deadline" : "another decision than with more memory";
  if (features) what = "the image features did not fit the deadline";
  if (wish.kind == Step::Kind::kRun) {
    noted_.Insert(wish.candidate);
    what = NameOf(wish.candidate) + ": " + WhyNot(wish.candidate, left);
    if (left) executor_.store_->Want(wish.candidate);  // so that a later image finds it
  }
  answer_.problems.push_back(std::move(what));
}

/// What is left when there is no time for the features that a decision needs. The policy alone knows whether what has
/// run is enough for an answer.
Step Call::WithoutFeatures(CandidateSet allowed) {
  const Step none{Step::Kind::kAbstain, kNoCandidate, 0, 0};
  if (episode_.path().empty()) return none;
  episode_.DenyFeatures();
  const Step step = episode_.Next(allowed);
  return step.kind == Step::Kind::kExtract ? none : step;
}

Step Call::DecideWithin(const Step& wish, std::optional<Nanoseconds> left, CandidateSet& allowed) {
  allowed = Fitting(left);
  Step step = allowed == untried_ ? wish : episode_.Next(allowed);
  if (step.kind == Step::Kind::kExtract && left) {
    // Before anything has run, features are of use only if a candidate still fits after them.
    const Nanoseconds after = *left - FeaturesTime();
    const bool fits = episode_.path().empty() ? !Fitting(after).empty() : after >= Nanoseconds(0);
    if (!fits) step = WithoutFeatures(allowed);
  }
  if (step.kind != wish.kind || step.candidate != wish.candidate) NoteRestriction(wish, left);
  return step;
}

Step Call::Decide() {
  CandidateSet allowed = untried_;
  Step step = episode_.Next(allowed);
  if (budget_.deadline || executor_.store_->allowance()) step = DecideWithin(step, TimeLeft(), allowed);
  if (steps_ != nullptr) Explain(step, allowed);
  return step;
}

void Call::Explain(const Step& step, CandidateSet allowed) {
  const Nanoseconds before = Now();
  ExplainedStep explained{step, {}, episode_.Explain(allowed), {}};
  explained.path.assign(episode_.path().begin(), episode_.path().end());
  for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
    if (untried_.Contains(id) && !allowed.Contains(id)) explained.left_out.push_back(id);
  }
  steps_->push_back(std::move(explained));
  not_charged_ += Now() - before;
}

void Call::Extract() {
  const Nanoseconds before = Now();
  answer_.feature_values.resize(policy_.feature_names().size());
  const Status read = executor_.features_->Read(image_, executor_.inputs_, answer_.feature_values);
  if (read.ok()) {
    episode_.ObserveFeatures(answer_.feature_values);
  } else {
    answer_.feature_values.clear();
    answer_.degraded = true;
    answer_.problems.push_back("premodel: " + read.error().message);
    episode_.DenyFeatures();
  }
  answer_.features = Now() - before;
}

std::span<const std::byte> Call::Prepare(CandidateId id) {
  const Nanoseconds start = Now();
  const std::span<const std::byte> tensor = executor_.Prepare(id, image_);
  preparing_ += Now() - start;
  return tensor;
}

Status Call::Observe(const CandidateRunner& runner, const CandidateRun& run, std::span<const float> raw) {
  AMSEL_RETURN_IF_ERROR(runner.Canonical(raw, executor_.log_probs_));
  untried_.Remove(run.candidate);
  answer_.runs.push_back({run.candidate, run.load, std::exchange(preparing_, {}), run.inference});
  episode_.Observe(run.candidate, executor_.log_probs_);
  return {};
}

void Call::NoteFailure(CandidateId id, const Error& error) {
  untried_.Remove(id);
  preparing_ = {};
  answer_.degraded = true;
  answer_.problems.push_back(NameOf(id) + ": " + error.message);
}

void Call::Ran(const CandidateRunner& runner, CandidateRun run, std::span<const float> raw) {
  not_charged_ -= run.load + run.inference;
  if (const Status status = Observe(runner, run, raw); !status.ok()) Failed(run.candidate, status.error());
}

void Call::Failed(CandidateId id, const Error& error) {
  NoteFailure(id, error);
  episode_.MarkFailed(id);
}

Status Call::Try(CandidateId id) {
  const Nanoseconds asked = Now();
  std::optional<Nanoseconds> patience = TimeLeft();
  if (patience) patience = std::max(*patience, Nanoseconds(0));
  const bool loaded = executor_.store_->Loaded(id);
  AMSEL_ASSIGN_OR_RETURN(const CandidateStore::Use use, executor_.store_->Get(id, patience));
  const Nanoseconds load = loaded ? Nanoseconds(0) : Now() - asked;
  const std::span<const std::byte> tensor = Prepare(id);
  const auto turn = use.Turn();
  const Nanoseconds start = Now();
  AMSEL_RETURN_IF_ERROR(use.runner().InferBatch(tensor, 1, executor_.raw_));
  return Observe(use.runner(), {id, load, {}, Now() - start}, executor_.raw_);
}

bool Call::Execute(CandidateId id) {
  const Status status = Try(id);
  if (!status.ok()) NoteFailure(id, status.error());
  return status.ok();
}

Error Call::NothingRan() const {
  std::string why;
  for (const std::string& problem : answer_.problems) why += "\n  " + problem;
  if (!needed_) return RuntimeFailure("no candidate could run:" + why);
  return RuntimeFailure("the deadline of " + MsText(*budget_.deadline) +
                        " is too short: the cheapest candidate needs " + MsText(*needed_) + ", and " + MsText(left_) +
                        " are left" + why);
}

CandidateId Call::Advance() {
  last_ = AdvanceBy([this] { return Decide(); }, [this] { Extract(); });
  return last_.kind == Step::Kind::kRun ? last_.candidate : kNoCandidate;
}

Result<Answer> Call::Run() {
  last_ = DriveBy(
      episode_, [this] { return Decide(); }, [this] { Extract(); }, [this](CandidateId id) { return Execute(id); });
  return Finish();
}

Result<Answer> Call::Finish() {
  answer_.total = Now() - start_ - not_charged_;
  if (episode_.path().empty()) return NothingRan();
  answer_.abstained = last_.kind == Step::Kind::kAbstain;
  if (!answer_.abstained) {
    const Prediction prediction = episode_.Answer();
    answer_.label = prediction.label;
    answer_.probability = prediction.probability;
    answer_.log_probs.assign(prediction.log_probs.begin(), prediction.log_probs.end());
  }
  return std::move(answer_);
}

}  // namespace amsel
