// What a bundle's policy reads of an image: features of its pixels and file, and values of the feature DNN.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "features/features.h"
#include "image/input_set.h"
#include "runtime/shared_feature_dnn.h"

namespace amsel {

/// Keeps its working memory between calls; not thread-safe.
class FeatureSource {
 public:
  /// Of the bundle's features. The input of its feature DNN becomes one of `inputs`. `feature_dnn` may be absent where
  /// the bundle has none; it is shared.
  static Result<FeatureSource> Create(const Bundle& bundle, std::shared_ptr<SharedFeatureDnn> feature_dnn,
                                      InputSet& inputs);

  /// Whether any feature is of the file, which frames lack.
  bool reads_file() const { return extractor_.reads_file(); }

  /// The features of `image`, which `inputs` must be about, in the bundle's order; valid until the next. Error where
  /// the feature DNN cannot be loaded or fails.
  Result<std::span<const float>> Read(const ImageView& image, InputSet& inputs);

 private:
  explicit FeatureSource(FeatureExtractor extractor) : extractor_(std::move(extractor)) {}

  struct FromDnn {
    std::size_t at = 0;     ///< among the features
    std::size_t value = 0;  ///< of the DNN
  };

  FeatureExtractor extractor_;
  std::vector<std::size_t> extracted_at_;  ///< among the features
  std::vector<float> extracted_;
  std::vector<FromDnn> from_dnn_;
  std::shared_ptr<SharedFeatureDnn> feature_dnn_;
  std::size_t feature_dnn_input_ = 0;
  std::vector<float> dnn_values_;
  std::vector<float> features_;
};

}  // namespace amsel
