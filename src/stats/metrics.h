// Metrics of classification from right/wrong and predicted classes.
#pragma once

#include <span>
#include <vector>

namespace amsel {

/// Macro averages over the classes that occur among `truth` (weighted by image weight within a class).
struct MacroMetrics {
  double balanced_accuracy = 0;  ///< mean recall; equal to macro recall
  double precision = 0;          ///< a class never predicted counts 0
  double recall = 0;
  double f1 = 0;
};

/// `predicted` may hold −1 (no answer), which is never right.
MacroMetrics ComputeMacroMetrics(std::span<const int> truth, std::span<const int> predicted,
                                 std::span<const double> weights, int classes);

/// Value below which `share` of the values lie (nearest rank); 0 where there is none. Reorders `values`.
double Quantile(std::vector<double>& values, double share);

}  // namespace amsel
