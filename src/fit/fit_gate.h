// Learns gates (policy/gate.h): which of several candidates suits an image.
#pragma once

#include <span>
#include <vector>

#include "policy/gate.h"

namespace amsel {

/// Scale of features [rows × count] for the given rows.
FeatureGate::Scale FitGateScale(std::span<const float> features, std::size_t count, std::span<const std::size_t> rows);

/// The gate over `members` candidates that maximises Σ_i w_i log Σ_m g_m(x_i) p_m(label_i | x_i): a mixture of experts
/// whose experts are fixed (Jacobs et al. 1991). It learns from how probable each candidate found the true class, which
/// says more than right and wrong. `log_likelihood` [rows × members], `features` [rows × count]. Deterministic.
FeatureGate FitGate(std::span<const float> features, std::size_t count, std::span<const float> log_likelihood,
                    int members, std::span<const double> weights, std::span<const std::size_t> rows);

}  // namespace amsel
