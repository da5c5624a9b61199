// Confidence intervals by resampling groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace amsel {

struct Interval {
  double low = 0;
  double high = 0;
};

struct BootstrapOptions {
  int resamples = 2000;
  double level = 0.95;
  std::uint64_t seed = 1;
};

/// What an interval is wanted of.
struct BootstrapFigure {
  std::vector<std::span<const double>> columns;              ///< [column][image]; at most 7
  std::function<double(std::span<const double>)> statistic;  ///< of the weighted column means; calls do not overlap
  bool share = false;  ///< the mean of one column of values in 0..1, see ShareInterval
};
BootstrapFigure ShareFigure(std::span<const double> values);

/// Percentile intervals of statistics of column means (Efron & Tibshirani 1993, §13.3), resampling whole groups.
/// `weights` per image (empty: all one); `groups` per image. Endless where there is one group, which tells nothing of
/// another. On all cores; each is what it would be alone, whatever their number. `progress` may be called by any
/// thread, by one at a time.
std::vector<Interval> BootstrapIntervals(std::span<const BootstrapFigure> figures, std::span<const double> weights,
                                         std::span<const int> groups, const BootstrapOptions& options = {},
                                         const std::function<void(std::size_t done, std::size_t total)>& progress = {});

/// Of one figure.
Interval BootstrapInterval(const std::vector<std::span<const double>>& columns, std::span<const double> weights,
                           std::span<const int> groups, const std::function<double(std::span<const double>)>& statistic,
                           const BootstrapOptions& options = {});

/// The same of the weighted mean of values in 0..1. Where all are 0, or all are 1, resampling finds nothing else: the
/// bounds are exact then (Clopper and Pearson 1934), a group counting as one trial.
Interval ShareInterval(std::span<const double> values, std::span<const double> weights, std::span<const int> groups,
                       const BootstrapOptions& options = {});

/// Weighted mean; `weights` empty: all one. 0 where there is nothing.
double WeightedMean(std::span<const double> values, std::span<const double> weights);

/// Standard error of the weighted mean with images clustered in groups, numbered from 0 (sandwich estimate).
double ClusteredStandardError(std::span<const double> values, std::span<const double> weights,
                              std::span<const int> groups);

/// Whether a loss, by image, is in the mean at most one standard error of it: so small that chance may have made it.
bool WithinOneError(std::span<const double> loss, std::span<const double> weights, std::span<const int> groups);

}  // namespace amsel
