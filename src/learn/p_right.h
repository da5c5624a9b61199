// P(right) of every candidate from image features, and what a price of time would choose by it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "learn/labels.h"
#include "policy/knn.h"
#include "policy/premodel.h"

namespace amsel {

/// Estimated P(right), [asked × candidates], by a fit on the images `fit`.
using PRightFitter = std::function<std::vector<float>(Rows fit, Rows asked)>;

/// Features of images, each brought to 0 … 1 by the range of those that it was fitted on.
struct ScaledFeatures {
  ScaledFeatures(const Outcomes& outcomes, Rows fit, const std::vector<std::string>& of);

  /// [rows × names]
  std::vector<float> Of(Rows rows) const;

  const Outcomes& table;
  std::vector<std::string> names;
  FeatureScaler scaler;
};

/// Which image was answered how well by each of `among`, to be asked for its nearest neighbours.
KnnIndex NeighboursOf(const ScaledFeatures& features, Rows fit, std::span<const std::size_t> among, int top);

/// The mean over the `k` images of `fit` that are nearest by these features. Of all candidates.
std::vector<float> PRightByNeighbours(const Outcomes& table, const std::vector<std::string>& features, int k, int top,
                                      Rows fit, Rows asked);

/// [rows × candidates], each row by a fit on the other folds of `rows`.
std::vector<float> CrossFittedPRight(const Outcomes& table, Rows rows, const std::vector<int>& fold_of,
                                     const PRightFitter& fitter);

/// How prices are tried.
struct PriceTrials {
  std::vector<std::size_t> among;  ///< candidates to choose from
  std::vector<double> paid_ms;     ///< by candidate of the table: what choosing it costs
  int steps = 1;                   ///< prices an octave
  int top = 1;
};

/// What one price of time would have chosen.
struct PricedChoice {
  double price_per_ms = 0;
  std::vector<std::size_t> chosen;  ///< per row: candidate of the table
  std::vector<double> right;        ///< per row
  double accuracy = 0;
  double cost_ms = 0;
  double cost_error_ms = 0;
};

/// Of `among`, the highest P(right) less price · mean cost, of equals the first. `p_right` by candidate of the table.
std::size_t ChooseAtPrice(const Outcomes& table, std::span<const std::size_t> among, std::span<const float> p_right,
                          double price_per_ms);

/// For no price, and prices at which the dearest candidate costs 2^−10 … 4 in accuracy.
std::vector<PricedChoice> TryPrices(const Outcomes& table, Rows rows, const std::vector<float>& p_right,
                                    const PriceTrials& trials);

}  // namespace amsel
