#include "runtime/executor.h"

#include <limits>

#include "base/status_macros.h"
#include "card/feature_dnn_card.h"
#include "runtime/call.h"
#include "runtime/operating_point.h"

namespace amsel {

Executor::Executor(std::shared_ptr<CandidateStore> store, const Clock& clock)
    : store_(std::move(store)), clock_(&clock), log_probs_(static_cast<std::size_t>(bundle().manifest().classes)) {}

Result<Executor> Executor::Create(std::shared_ptr<CandidateStore> store, const Clock& clock) {
  Executor executor(std::move(store), clock);
  const Manifest& manifest = executor.bundle().manifest();
  if (!manifest.features.empty()) {
    AMSEL_ASSIGN_OR_RETURN(executor.features_,
                           FeatureSource::Create(executor.bundle(), executor.store_->feature_dnn(), executor.inputs_));
  }
  for (std::size_t id = 0; id < manifest.candidates.size(); ++id) {
    const Preprocess& preprocess = executor.bundle().card(static_cast<CandidateId>(id)).preprocess;
    executor.input_of_.push_back(executor.inputs_.Add(preprocess));
  }
  return executor;
}

Result<Executor> Executor::Create(const Bundle& bundle, std::vector<Placement> placements, const Clock& clock) {
  return Create(std::make_shared<CandidateStore>(bundle, std::move(placements), clock), clock);
}

Status Executor::Load(CandidateId id) {
  AMSEL_RETURN_IF_ERROR(store_->Get(id));
  return {};
}

Result<Answer> Executor::Run(const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget,
                             std::vector<ExplainedStep>* steps) {
  return Call(*this, policy, episode, image, budget, steps).Run();
}

std::span<const std::byte> Executor::Prepare(CandidateId id, const ImageView& image) {
  return inputs_.Prepare(input_of_[static_cast<std::size_t>(id)], image);
}

void Executor::Extract(const ImageView& image, Nanoseconds begun, Course& course) {
  feature_values_.resize(bundle().manifest().features.size());
  const Status read = features_->Read(image, inputs_, feature_values_);
  if (read.ok()) {
    course.ObserveFeatures(feature_values_, clock_->Now() - begun);
  } else {
    course.DenyFeatures(std::string(kFeatureDnnName) + ": " + read.error().message, clock_->Now() - begun);
  }
}

Nanoseconds Executor::PlannedTime(CandidateId id) const {
  const auto c = static_cast<std::size_t>(id);
  const CandidateCost* cost = PlanningCost(bundle().manifest().candidates[c]);
  const std::optional<Nanoseconds> load = store_->TimeToLoad(id);
  if (cost == nullptr || !load) return FromMilliseconds(std::numeric_limits<double>::infinity());
  const double preprocess_ms = inputs_.ready(input_of_[c]) ? 0 : cost->preprocess_ms;
  return FromMilliseconds(cost->inference_p99_ms + preprocess_ms + Milliseconds(*load));
}

Status Executor::RunOnPixels(CandidateId id, std::span<const std::uint8_t> pixels, std::span<float> log_probs) {
  AMSEL_ASSIGN_OR_RETURN(const CandidateStore::Use use, store_->Get(id));
  std::vector<std::uint8_t> resized(pixels.begin(), pixels.end());
  SwapToCardOrder(bundle().card(id).preprocess, resized);
  const auto tensor = inputs_.FromPixels(input_of_[static_cast<std::size_t>(id)], resized);
  AMSEL_RETURN_IF_ERROR(use.Infer(tensor, 1, raw_));
  return use.runner().Canonical(raw_, log_probs);
}

}  // namespace amsel
