#include "runtime/executor.h"

#include <limits>

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
  for (std::size_t id = 0; id < executor.runners_.size(); ++id) {
    const Preprocess& preprocess = bundle.card(static_cast<CandidateId>(id)).preprocess;
    executor.input_of_.push_back(executor.inputs_.Add(preprocess));
  }
  return executor;
}

Status Executor::Load(CandidateId id) {
  std::optional<CandidateRunner>& runner = runners_[static_cast<std::size_t>(id)];
  if (runner) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle_->VerifiedModelFile(id));
  AMSEL_ASSIGN_OR_RETURN(
      runner, CandidateRunner::Open(*backend_, options_, file, bundle_->card(id), bundle_->manifest().classes));
  return {};
}

Status Executor::RunCandidate(CandidateId id, const ImageView& image, Answer& answer) {
  const Nanoseconds asked = clock_->Now();
  AMSEL_RETURN_IF_ERROR(Load(id));
  const Nanoseconds start = clock_->Now();
  const std::span<const std::byte> tensor = inputs_.Prepare(input_of_[static_cast<std::size_t>(id)], image);
  const Nanoseconds prepared = clock_->Now();
  CandidateRunner& runner = *runners_[static_cast<std::size_t>(id)];
  AMSEL_RETURN_IF_ERROR(runner.Infer(tensor));
  const Nanoseconds inferred = clock_->Now();
  AMSEL_RETURN_IF_ERROR(runner.Canonical(log_probs_));
  answer.runs.push_back({id, start - asked, prepared - start, inferred - prepared});
  return {};
}

Nanoseconds Executor::PlannedTime(CandidateId id) const {
  const auto c = static_cast<std::size_t>(id);
  const CandidateCost* cost = PlanningCost(bundle_->manifest().candidates[c]);
  if (cost == nullptr) return FromMilliseconds(std::numeric_limits<double>::infinity());
  return FromMilliseconds(cost->inference_p99_ms + (inputs_.ready(input_of_[c]) ? 0 : cost->preprocess_ms) +
                          (runners_[c] ? 0 : cost->load_ms));
}

Status Executor::RunOnPixels(CandidateId id, std::span<const std::uint8_t> pixels, std::span<float> log_probs) {
  AMSEL_RETURN_IF_ERROR(Load(id));
  std::vector<std::uint8_t> resized(pixels.begin(), pixels.end());
  SwapToCardOrder(bundle_->card(id).preprocess, resized);
  CandidateRunner& runner = *runners_[static_cast<std::size_t>(id)];
  AMSEL_RETURN_IF_ERROR(runner.Infer(inputs_.FromPixels(input_of_[static_cast<std::size_t>(id)], resized)));
  return runner.Canonical(log_probs);
}

}  // namespace amsel
