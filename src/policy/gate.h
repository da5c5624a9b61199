// A gate: which of several candidates suits an image, by its features.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace amsel {

/// Gating network of a mixture of experts (Jacobs et al. 1991), linear in expanded features: each feature's standard
/// score, its rank among the training images, and the products of ranks. Immutable, thread-safe.
class FeatureGate {
 public:
  /// Quantiles of the training images that a rank is read from.
  static constexpr int kKnots = 33;

  /// What each feature is scaled by.
  struct Scale {
    std::vector<float> mean;               ///< [features]
    std::vector<float> inverse_deviation;  ///< [features]
    std::vector<float> knots;              ///< [features × kKnots], ascending
  };

  FeatureGate() = default;
  /// `weights` [(TermCount(features) + 1) × members], the last row for the constant.
  FeatureGate(Scale scale, std::vector<float> weights, int members);

  /// Terms that `features` features expand to.
  static std::size_t TermCount(std::size_t features) { return 2 * features + features * (features + 1) / 2; }

  /// Expands features[n] into terms[TermCount(n)].
  static void Expand(const Scale& scale, std::span<const float> features, std::span<float> terms);

  int members() const { return members_; }
  const Scale& scale() const { return scale_; }
  const std::vector<float>& weights() const { return weights_; }
  std::size_t scratch_size() const { return TermCount(scale_.mean.size()); }

  /// A score per member, the higher the better, into out[members]. `scratch` has scratch_size() floats.
  void Scores(std::span<const float> features, std::span<float> scratch, std::span<float> out) const;

 private:
  Scale scale_;
  std::vector<float> weights_;
  int members_ = 0;
};

}  // namespace amsel
