#include "runtime/course.h"

#include <utility>

namespace amsel {

void Course::Begin(const Policy& policy, Episode& episode, std::vector<ExplainedStep>* steps) {
  policy_ = &policy;
  episode_ = &episode;
  steps_ = steps;
  untried_ = CandidateSet::All(policy.candidate_count());
  episode.Begin();
  Answer fresh;  // what its vectors have is kept
  fresh.log_probs = std::move(answer_.log_probs);
  fresh.runs = std::move(answer_.runs);
  fresh.problems = std::move(answer_.problems);
  fresh.feature_values = std::move(answer_.feature_values);
  fresh.operating_point = std::move(answer_.operating_point);
  fresh.log_probs.clear();
  fresh.runs.clear();
  fresh.problems.clear();
  fresh.feature_values.clear();
  fresh.operating_point.clear();
  answer_ = std::move(fresh);
}

void Course::Explain(const Step& step, CandidateSet allowed) {
  ExplainedStep explained{step, {}, episode_->Explain(allowed), {}};
  explained.path.assign(episode_->path().begin(), episode_->path().end());
  for (CandidateId id = 0; id < policy_->candidate_count(); ++id) {
    if (untried_.Contains(id) && !allowed.Contains(id)) explained.left_out.push_back(id);
  }
  steps_->push_back(std::move(explained));
}

void Course::TakeFeatures(const Result<std::span<const float>>& read, Nanoseconds took) {
  if (!read.ok()) return DenyFeatures(read.error().message, took);
  answer_.feature_values.assign(read->begin(), read->end());
  answer_.features += took;
  episode_->ObserveFeatures(*read);
}

void Course::DenyFeatures(const std::string& problem, Nanoseconds took) {
  answer_.features += took;
  if (!problem.empty()) Degrade(problem);
  episode_->DenyFeatures();
}

void Course::Observe(const CandidateRun& run, LogProbs log_probs) {
  untried_.Remove(run.candidate);
  answer_.runs.push_back(run);
  episode_->Observe(run.candidate, log_probs);
}

void Course::Fail(CandidateId id, const std::string& why) {
  untried_.Remove(id);
  episode_->MarkFailed(id);
  Degrade(NameOf(id) + ": " + why);
}

void Course::Degrade(std::string problem) {
  answer_.degraded = true;
  answer_.problems.push_back(std::move(problem));
}

void Course::Conclude(const Step& last, Nanoseconds total) {
  answer_.total = total;
  answer_.abstained = last.kind == Step::Kind::kAbstain;
  answer_.label = -1;  // it may have been asked for before
  answer_.probability = 0;
  answer_.log_probs.clear();
  answer_.whose = kNoCandidate;
  if (answer_.abstained) return;
  const Prediction prediction = episode_->Answer();
  answer_.probability = prediction.probability;
  if (policy_->answers_are_own()) {
    answer_.whose = episode_->path().back();
    return;
  }
  answer_.label = prediction.label;
  answer_.log_probs.assign(prediction.log_probs.begin(), prediction.log_probs.end());
}

}  // namespace amsel
