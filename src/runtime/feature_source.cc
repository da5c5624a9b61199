#include "runtime/feature_source.h"

#include "base/status_macros.h"
#include "card/feature_dnn_card.h"
#include "features/dnn_features.h"

namespace amsel {

Result<FeatureSource> FeatureSource::Create(const Bundle& bundle, std::shared_ptr<SharedFeatureDnn> feature_dnn,
                                            InputSet& inputs) {
  const std::vector<std::string>& names = bundle.manifest().features;
  AMSEL_ASSIGN_OR_RETURN(FeatureExtractor extractor, FeatureExtractor::Create(DnnFeaturesIn(names, /*wanted=*/false)));
  FeatureSource source(std::move(extractor));
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (const std::optional<int> value = DnnValueOf(names[at])) {
      source.from_dnn_.push_back({at, static_cast<std::size_t>(*value)});
    } else {
      source.extracted_at_.push_back(at);
    }
  }
  source.extracted_.resize(source.extracted_at_.size());
  source.features_.resize(names.size());
  source.feature_dnn_ = std::move(feature_dnn);
  if (const auto& dnn = bundle.manifest().feature_dnn) {
    source.feature_dnn_input_ = inputs.Add(bundle.CardOf(*dnn).preprocess);
  }
  return source;
}

Result<std::span<const float>> FeatureSource::Read(const ImageView& image, InputSet& inputs) {
  if (!extracted_.empty()) extractor_.Extract(image, extracted_);
  for (std::size_t i = 0; i < extracted_.size(); ++i) features_[extracted_at_[i]] = extracted_[i];
  if (!from_dnn_.empty()) {
    const Status ran = feature_dnn_ == nullptr
                           ? Status(RuntimeFailure("was given no back end"))
                           : feature_dnn_->Run(inputs.Prepare(feature_dnn_input_, image), dnn_values_);
    if (!ran.ok()) return Error{ran.error().kind, std::string(kFeatureDnnName) + ": " + ran.error().message};
  }
  for (const FromDnn& one : from_dnn_) features_[one.at] = dnn_values_[one.value];
  return std::span<const float>(features_);
}

}  // namespace amsel
