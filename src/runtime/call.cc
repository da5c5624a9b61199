// One call of Executor::Run: drives an episode and keeps it within its time. Before each decision the candidates whose
// planned time does not fit in what is left are left out, and the policy decides again among the others.
#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include "policy/drive.h"
#include "runtime/executor.h"

namespace amsel {
namespace {

std::string MsText(Nanoseconds duration) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.6g ms", Milliseconds(duration));
  return text.data();
}

}  // namespace

class Executor::Call {
 public:
  Call(Executor& executor, const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget,
       std::vector<ExplainedStep>* steps)
      : executor_(executor),
        policy_(policy),
        episode_(episode),
        image_(image),
        budget_(budget),
        steps_(steps),
        start_(executor.clock_->Now()),
        untried_(CandidateSet::All(policy.candidate_count())) {}

  Result<Answer> Run();

 private:
  Nanoseconds Now() const { return executor_.clock_->Now(); }
  const std::string& NameOf(CandidateId id) const {
    return executor_.bundle_->manifest().candidates[static_cast<std::size_t>(id)].name;
  }
  Nanoseconds FeaturesTime() const { return FromMilliseconds(executor_.bundle_->manifest().features_ms); }
  Nanoseconds TimeLeft() const { return *budget_.deadline - budget_.spent - (Now() - start_ - explaining_); }

  Step Decide();
  Step DecideInTime(const Step& wish, CandidateSet& allowed);
  CandidateSet Fitting(Nanoseconds left) const;
  void NoteLackOfTime(const Step& wish, Nanoseconds left);
  void Explain(const Step& step, CandidateSet allowed);
  void Extract();
  bool Execute(CandidateId id);
  Error NothingRan() const;

  Executor& executor_;
  const Policy& policy_;
  Episode& episode_;
  const ImageView& image_;
  const TimeBudget& budget_;
  std::vector<ExplainedStep>* steps_;
  Nanoseconds start_;
  Nanoseconds explaining_{0};
  CandidateSet untried_;
  CandidateSet noted_;                 ///< candidates whose lack of time is among the problems
  std::optional<Nanoseconds> needed_;  ///< by the cheapest next step, once time did not suffice
  Nanoseconds left_{0};                ///< then
  Answer answer_;
};

CandidateSet Executor::Call::Fitting(Nanoseconds left) const {
  CandidateSet fitting;
  for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
    if (untried_.Contains(id) && executor_.PlannedTime(id) <= left) fitting.Insert(id);
  }
  return fitting;
}

void Executor::Call::NoteLackOfTime(const Step& wish, Nanoseconds left) {
  Nanoseconds cheapest = FromMilliseconds(std::numeric_limits<double>::infinity());
  for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
    if (untried_.Contains(id)) cheapest = std::min(cheapest, executor_.PlannedTime(id));
  }
  const bool features = wish.kind == Step::Kind::kExtract;
  needed_ = cheapest + (features ? FeaturesTime() : Nanoseconds(0));
  left_ = left;
  answer_.degraded = true;
  if (wish.kind == Step::Kind::kRun && noted_.Contains(wish.candidate)) return;
  std::string what = "another decision than without a deadline";
  if (features) what = "the image features did not fit the deadline";
  if (wish.kind == Step::Kind::kRun) {
    noted_.Insert(wish.candidate);
    what = NameOf(wish.candidate) + ": did not fit the deadline: needs " +
           MsText(executor_.PlannedTime(wish.candidate)) + ", left were " + MsText(std::max(left, Nanoseconds(0)));
  }
  answer_.problems.push_back(std::move(what));
}

Step Executor::Call::DecideInTime(const Step& wish, CandidateSet& allowed) {
  const Nanoseconds left = TimeLeft();
  allowed = Fitting(left);
  Step step = allowed == untried_ ? wish : episode_.Next(allowed);
  if (step.kind == Step::Kind::kExtract) {
    // Before anything has run, features are of use only if a candidate still fits after them.
    const Nanoseconds after = left - FeaturesTime();
    const bool nothing_ran = episode_.path().empty();
    const bool fits = nothing_ran ? !Fitting(after).empty() : after >= Nanoseconds(0);
    if (!fits) step = {nothing_ran ? Step::Kind::kAbstain : Step::Kind::kAnswer, kNoCandidate, 0, 0};
  }
  if (step.kind != wish.kind || step.candidate != wish.candidate) NoteLackOfTime(wish, left);
  return step;
}

Step Executor::Call::Decide() {
  CandidateSet allowed = untried_;
  Step step = episode_.Next(allowed);
  if (budget_.deadline) step = DecideInTime(step, allowed);
  if (steps_ != nullptr) Explain(step, allowed);
  return step;
}

void Executor::Call::Explain(const Step& step, CandidateSet allowed) {
  const Nanoseconds before = Now();
  ExplainedStep explained{step, {}, episode_.Explain(allowed), {}};
  explained.path.assign(episode_.path().begin(), episode_.path().end());
  for (CandidateId id = 0; id < policy_.candidate_count(); ++id) {
    if (untried_.Contains(id) && !allowed.Contains(id)) explained.too_slow.push_back(id);
  }
  steps_->push_back(std::move(explained));
  explaining_ += Now() - before;
}

void Executor::Call::Extract() {
  const Nanoseconds before = Now();
  answer_.feature_values.resize(policy_.feature_names().size());
  executor_.extractor_->Extract(image_, answer_.feature_values);
  episode_.ObserveFeatures(answer_.feature_values);
  answer_.features = Now() - before;
}

bool Executor::Call::Execute(CandidateId id) {
  untried_.Remove(id);
  const Status status = executor_.RunCandidate(id, image_, answer_);
  if (status.ok()) {
    episode_.Observe(id, executor_.log_probs_);
    return true;
  }
  answer_.degraded = true;
  answer_.problems.push_back(NameOf(id) + ": " + status.error().message);
  return false;
}

Error Executor::Call::NothingRan() const {
  std::string why;
  for (const std::string& problem : answer_.problems) why += "\n  " + problem;
  if (!needed_) return RuntimeFailure("no candidate could run:" + why);
  return RuntimeFailure("the deadline of " + MsText(*budget_.deadline) +
                        " is too short: the cheapest candidate needs " + MsText(*needed_) + ", and " +
                        MsText(std::max(left_, Nanoseconds(0))) + " are left" + why);
}

Result<Answer> Executor::Call::Run() {
  executor_.inputs_.Forget();
  episode_.Begin();
  const Step last = DriveBy(
      episode_, [this] { return Decide(); }, [this] { Extract(); }, [this](CandidateId id) { return Execute(id); });
  answer_.total = Now() - start_ - explaining_;
  if (episode_.path().empty()) return NothingRan();
  answer_.abstained = last.kind == Step::Kind::kAbstain;
  if (!answer_.abstained) {
    const Prediction prediction = episode_.Answer();
    answer_.label = prediction.label;
    answer_.probability = prediction.probability;
    answer_.log_probs.assign(prediction.log_probs.begin(), prediction.log_probs.end());
  }
  return std::move(answer_);
}

Result<Answer> Executor::Run(const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget,
                             std::vector<ExplainedStep>* steps) {
  const bool reads_file = !policy.feature_names().empty() && extractor_ && extractor_->reads_file();
  if (reads_file && image.file.bytes <= 0) {
    return UsageError("the bundle reads features of the image's file, and frames have none: give encoded images");
  }
  return Call(*this, policy, episode, image, budget, steps).Run();
}

}  // namespace amsel
