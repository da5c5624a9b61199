#include "policy/premodel.h"

#include <algorithm>
#include <cassert>

namespace amsel {

Step Premodel::Next(const EpisodeState& state, CandidateSet allowed) const {
  if (!state.path.empty()) return {Step::Kind::kAnswer, kNoCandidate, 0, 0};
  const bool lacks = NeedsFeatures(state);
  if (lacks && !state.features_denied) return {Step::Kind::kExtract, kNoCandidate, 0, 0};
  Choice choice = lacks ? Choice() : Choose(state, allowed, nullptr);
  if (!allowed.Contains(choice.candidate)) choice = {common().MostCapable(allowed), 0};
  if (choice.candidate == kNoCandidate) return {};
  return {Step::Kind::kRun, choice.candidate, CostMs(choice.candidate), choice.value};
}

std::vector<ExplanationNote> Premodel::Explain(const EpisodeState& state, CandidateSet allowed) const {
  std::vector<ExplanationNote> notes;
  const bool decided = !state.path.empty();
  if (!decided && !NeedsFeatures(state)) Choose(state, allowed, &notes);
  if (!decided && NeedsFeatures(state) && state.features_denied) {
    notes.push_back({common().MostCapable(allowed), "no features", 0, "the most capable answers"});
  }
  return notes;
}

Premodel::Choice SinglePolicy::Choose(const EpisodeState& /*state*/, CandidateSet allowed,
                                      std::vector<ExplanationNote>* notes) const {
  if (notes != nullptr) {
    notes->push_back({candidate_, "always", 1, allowed.Contains(candidate_) ? "runs" : "may not run"});
  }
  return {candidate_, 0};
}

void FeatureScaler::Apply(std::span<const float> features, std::span<float> out) const {
  for (std::size_t i = 0; i < features.size(); ++i) {
    out[i] = high[i] > low[i] ? (features[i] - low[i]) / (high[i] - low[i]) : 0;
  }
}

ChainPolicy::ChainPolicy(PolicyCommon common, FeatureScaler scaler, std::vector<Gate> gates, CandidateId on_none)
    : Premodel(std::move(common)), scaler_(std::move(scaler)), gates_(std::move(gates)), on_none_(on_none) {}

std::size_t ChainPolicy::scratch_size() const {
  std::size_t most = 0;
  for (const Gate& gate : gates_) most = std::max(most, gate.classifier->scratch_size());
  return scaler_.low.size() + most;
}

Premodel::Choice ChainPolicy::Choose(const EpisodeState& state, CandidateSet allowed,
                                     std::vector<ExplanationNote>* notes) const {
  const std::span<float> query = state.scratch.first(scaler_.low.size());
  const std::span<float> scratch = state.scratch.subspan(scaler_.low.size());
  scaler_.Apply(state.features, query);
  for (const Gate& gate : gates_) {
    float scores[2] = {};
    const bool yes = Classify(*gate.classifier, query, scratch, scores) == 1;
    const bool may = allowed.Contains(gate.candidate);
    if (notes != nullptr) {
      notes->push_back({gate.candidate, "gate: " + gate.classifier->ScoreInWords(), scores[1],
                        yes ? (may ? "yes" : "yes, but it may not run") : "no"});
    }
    if (yes && may) return {gate.candidate, scores[1]};
  }
  if (notes != nullptr) {
    notes->push_back({on_none_, "no gate said yes", 0, "answers"});
  }
  return {on_none_, 0};
}

MulticlassPolicy::MulticlassPolicy(PolicyCommon common, FeatureScaler scaler,
                                   std::shared_ptr<const Classifier> classifier, std::vector<CandidateId> choices)
    : Premodel(std::move(common)),
      scaler_(std::move(scaler)),
      classifier_(std::move(classifier)),
      choices_(std::move(choices)) {
  assert(static_cast<int>(choices_.size()) == classifier_->classes());
}

std::size_t MulticlassPolicy::scratch_size() const {
  return scaler_.low.size() + choices_.size() + classifier_->scratch_size();
}

Premodel::Choice MulticlassPolicy::Choose(const EpisodeState& state, CandidateSet allowed,
                                          std::vector<ExplanationNote>* notes) const {
  const std::span<float> query = state.scratch.first(scaler_.low.size());
  const std::span<float> scores = state.scratch.subspan(query.size(), choices_.size());
  scaler_.Apply(state.features, query);
  const int chosen = Classify(*classifier_, query, state.scratch.subspan(query.size() + scores.size()), scores);
  for (int c = 0; notes != nullptr && c < classifier_->classes(); ++c) {
    const CandidateId id = choices_[static_cast<std::size_t>(c)];
    notes->push_back({id, classifier_->ScoreInWords(), scores[static_cast<std::size_t>(c)],
                      c != chosen            ? "is not chosen"
                      : allowed.Contains(id) ? "is chosen"
                                             : "is chosen, but may not run"});
  }
  return {choices_[static_cast<std::size_t>(chosen)], scores[static_cast<std::size_t>(chosen)]};
}

PRightPolicy::PRightPolicy(PolicyCommon common, FeatureScaler scaler, KnnIndex index, int k,
                           std::vector<double> prices_per_ms)
    : Premodel(std::move(common)),
      scaler_(std::move(scaler)),
      index_(std::move(index)),
      k_(k),
      prices_per_ms_(std::move(prices_per_ms)) {
  assert(k_ > 0 && index_.target_count() == candidate_count());
}

std::size_t PRightPolicy::scratch_size() const {
  return scaler_.low.size() + static_cast<std::size_t>(candidate_count()) + KnnIndex::ScratchSize(k_);
}

Premodel::Choice PRightPolicy::Choose(const EpisodeState& state, CandidateSet allowed,
                                      std::vector<ExplanationNote>* notes) const {
  const std::span<float> query = state.scratch.first(scaler_.low.size());
  const std::span<float> p_right = state.scratch.subspan(query.size(), static_cast<std::size_t>(candidate_count()));
  scaler_.Apply(state.features, query);
  index_.MeanTargets(query, k_, state.scratch.subspan(query.size() + p_right.size()), p_right);
  const double price = prices_per_ms_[static_cast<std::size_t>(state.operating_point)];
  Choice best;
  double best_score = 0;
  for (CandidateId id = 0; id < candidate_count(); ++id) {
    const float p = p_right[static_cast<std::size_t>(id)];
    const double score = p - price * common().costs_ms[static_cast<std::size_t>(id)];
    const bool may = allowed.Contains(id);
    if (notes != nullptr)
      notes->push_back({id, "P(right) by " + std::to_string(k_) + " neighbours", p,
                        may ? "worth " + std::to_string(score) + " after its price" : "may not run"});
    if (may && (best.candidate == kNoCandidate || score > best_score)) {
      best = {id, p};
      best_score = score;
    }
  }
  return best;
}

}  // namespace amsel
