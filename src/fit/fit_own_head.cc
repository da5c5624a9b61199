// Platt scaling (J. Platt, "Probabilistic outputs for support vector machines", 1999) of log-odds; a weak pull to what
// the candidate itself says keeps it finite where it is always right.
#include "fit/fit_own_head.h"

#include <algorithm>
#include <cmath>

#include "fit/minimize.h"

namespace amsel {

Head FitOwnHead(const OwnHeadData& data, int slot, std::span<const std::size_t> rows) {
  constexpr double kPull = 1;
  constexpr int kIterations = 50;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    const double scale = x[0];
    const double bias = x[1];
    double loss = 0.5 * kPull * ((scale - 1) * (scale - 1) + bias * bias);
    gradient[0] = kPull * (scale - 1);
    gradient[1] = kPull * bias;
    for (const std::size_t r : rows) {
      const double odds = LogOdds(data.log_confidences[r]);
      const double z = scale * odds + bias;
      loss += data.weights[r] * (std::max(z, 0.0) + std::log1p(std::exp(-std::fabs(z))) - data.right[r] * z);
      const double residual = data.weights[r] * (1 / (1 + std::exp(-z)) - data.right[r]);
      gradient[0] += residual * odds;
      gradient[1] += residual;
    }
    return loss;
  };
  const std::vector<double> found = Minimize(objective, {1, 0}, kIterations);
  return {{{slot, HeadMap::Kind::kScalar, {static_cast<float>(found[0])}}}, {static_cast<float>(found[1])}};
}

}  // namespace amsel
