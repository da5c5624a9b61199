#include "runtime/executor.h"

#include <limits>
#include <map>

#include "base/status_macros.h"
#include "runtime/operating_point.h"

namespace amsel {

Executor::Executor(const Bundle& bundle, Backend& backend, const SessionOptions& options, const Clock& clock)
    : bundle_(&bundle),
      backend_(&backend),
      options_(options),
      clock_(&clock),
      runners_(bundle.manifest().candidates.size()),
      log_probs_(static_cast<std::size_t>(bundle.manifest().classes)) {}

Result<Executor> Executor::Create(const Bundle& bundle, Backend& backend, const SessionOptions& options,
                                  const Clock& clock) {
  Executor executor(bundle, backend, options, clock);
  if (!bundle.manifest().features.empty()) {
    AMSEL_ASSIGN_OR_RETURN(executor.extractor_, FeatureExtractor::Create(bundle.manifest().features));
  }
  executor.AddInputs();
  return executor;
}

void Executor::AddInputs() {
  std::map<std::string, std::size_t> position;
  for (std::size_t id = 0; id < runners_.size(); ++id) {
    const Preprocess& preprocess = bundle_->card(static_cast<CandidateId>(id)).preprocess;
    const auto [it, fresh] = position.emplace(PreprocessKey(preprocess), inputs_.size());
    if (fresh) inputs_.push_back({Preprocessor(preprocess), std::vector<std::byte>(TensorBytes(preprocess)), false});
    input_of_.push_back(it->second);
  }
}

Status Executor::Load(CandidateId id) {
  std::optional<CandidateRunner>& runner = runners_[static_cast<std::size_t>(id)];
  if (runner) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle_->VerifiedModelFile(id));
  AMSEL_ASSIGN_OR_RETURN(
      runner, CandidateRunner::Open(*backend_, options_, file, bundle_->card(id), bundle_->manifest().classes));
  return {};
}

Status Executor::RunCandidate(CandidateId id, const Image& image, Answer& answer) {
  const Nanoseconds asked = clock_->Now();
  AMSEL_RETURN_IF_ERROR(Load(id));
  Input& input = inputs_[input_of_[static_cast<std::size_t>(id)]];
  const Nanoseconds start = clock_->Now();
  if (!input.ready) input.preprocessor.Apply(image, input.tensor);
  input.ready = true;
  const Nanoseconds prepared = clock_->Now();
  CandidateRunner& runner = *runners_[static_cast<std::size_t>(id)];
  AMSEL_RETURN_IF_ERROR(runner.Infer(input.tensor));
  const Nanoseconds inferred = clock_->Now();
  AMSEL_RETURN_IF_ERROR(runner.Canonical(log_probs_));
  answer.runs.push_back({id, start - asked, prepared - start, inferred - prepared});
  return {};
}

void Executor::ForgetImage() {
  for (Input& input : inputs_) input.ready = false;
}

Nanoseconds Executor::PlannedTime(CandidateId id) const {
  const auto c = static_cast<std::size_t>(id);
  const CandidateCost* cost = PlanningCost(bundle_->manifest().candidates[c]);
  if (cost == nullptr) return FromMilliseconds(std::numeric_limits<double>::infinity());
  return FromMilliseconds(cost->inference_p99_ms + (inputs_[input_of_[c]].ready ? 0 : cost->preprocess_ms) +
                          (runners_[c] ? 0 : cost->load_ms));
}

Status Executor::RunOnPixels(CandidateId id, std::span<const std::uint8_t> pixels, std::span<float> log_probs) {
  AMSEL_RETURN_IF_ERROR(Load(id));
  Input& input = inputs_[input_of_[static_cast<std::size_t>(id)]];
  input.preprocessor.Normalize(pixels, input.tensor);
  CandidateRunner& runner = *runners_[static_cast<std::size_t>(id)];
  AMSEL_RETURN_IF_ERROR(runner.Infer(input.tensor));
  return runner.Canonical(log_probs);
}

}  // namespace amsel
