#include "learn/simulate.h"

#include <algorithm>

#include "backend/canonical.h"
#include "policy/drive.h"

namespace amsel {

Simulator::Simulator(const Outcomes& table, const LearnedPolicy& learned, int operating_point, const Clock* clock)
    : table_(&table),
      learned_(&learned),
      clock_(clock),
      begins_warm_(learned.policy->BeginsWithOne(operating_point)),
      episode_(*learned.policy, operating_point),
      features_ms_(table.FeaturesCostMs(learned.policy->feature_names())),
      features_(learned.policy->feature_names().size()),
      log_probs_(static_cast<std::size_t>(table.classes())) {
  for (const std::string& name : learned.policy->feature_names()) {
    const auto it = std::find(table.feature_names.begin(), table.feature_names.end(), name);
    feature_positions_.push_back(static_cast<std::size_t>(it - table.feature_names.begin()));
  }
}

SimulatedRun Simulator::Run(std::size_t i) {
  SimulatedRun run;
  run.begins_warm = begins_warm_;
  Nanoseconds elsewhere{0};  // reading the table is no part of deciding
  const Nanoseconds start = clock_ == nullptr ? Nanoseconds(0) : clock_->Now();
  const auto extract = [&] {
    run.features_ms = features_ms_;
    for (std::size_t f = 0; f < features_.size(); ++f) features_[f] = table_->Features(i)[feature_positions_[f]];
    episode_.ObserveFeatures(features_);
  };
  episode_.Begin();
  const Step last =
      Drive(episode_, CandidateSet::All(learned_->policy->candidate_count()), extract, [&](CandidateId id) {
        const Nanoseconds before = clock_ == nullptr ? Nanoseconds(0) : clock_->Now();
        const std::size_t c = learned_->candidates[static_cast<std::size_t>(id)];
        run.path.push_back(c);
        const bool answered = !table_->Failed(c, i);
        if (answered) table_->LogProbsOf(c, i, log_probs_);
        if (clock_ != nullptr) elsewhere += clock_->Now() - before;
        if (answered) episode_.Observe(id, log_probs_);
        return answered;
      });
  const Prediction prediction = episode_.Answer();
  if (clock_ != nullptr) run.deciding_ms = Milliseconds(clock_->Now() - start - elsewhere);
  run.latency_ms = run.features_ms + run.deciding_ms + table_->PathMs(run.path, i, begins_warm_);
  const bool answered = last.kind == Step::Kind::kAnswer && !episode_.path().empty();
  run.probability = prediction.probability;
  run.rank = kNoAnswer;
  if (!answered) return run;
  if (learned_->policy->answers_are_own()) {
    const std::size_t own = learned_->candidates[static_cast<std::size_t>(episode_.path().back())];
    run.predicted = table_->TopClassOf(own, i);
    run.rank = table_->Rank(own, i);
    run.utility = table_->UtilityOf(own, i);
  } else {
    run.predicted = prediction.label;
    run.rank = RankOf(prediction.log_probs, table_->images[i].label);
  }
  return run;
}

}  // namespace amsel
