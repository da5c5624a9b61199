#include "runtime/workspace.h"

#include "base/status_macros.h"

namespace amsel {

Workspace::Workspace(std::shared_ptr<CandidateStore> store, const DecodeOptions& decode)
    : store_(std::move(store)), decoder_(decode), log_probs_(static_cast<std::size_t>(bundle().manifest().classes)) {}

Result<Workspace> Workspace::Create(std::shared_ptr<CandidateStore> store, const DecodeOptions& decode) {
  Workspace workspace(std::move(store), decode);
  const Bundle& bundle = workspace.bundle();
  if (!bundle.manifest().features.empty()) {
    AMSEL_ASSIGN_OR_RETURN(workspace.features_,
                           FeatureSource::Create(bundle, workspace.store_->feature_dnn(), workspace.inputs_));
  }
  for (CandidateId id = 0; id < bundle.policy().candidate_count(); ++id) {
    workspace.input_of_.push_back(workspace.inputs_.Add(bundle.card(id).preprocess));
  }
  return workspace;
}

Result<ImageView> Workspace::Decode(std::string_view encoded) {
  AMSEL_RETURN_IF_ERROR(decoder_.Decode(encoded, image_));
  return ImageView(image_);
}

Episode& Workspace::EpisodeAt(std::size_t point) {
  if (!episode_ || point_ != point) episode_.emplace(bundle().policy(), static_cast<int>(point));
  point_ = point;
  return *episode_;
}

}  // namespace amsel
