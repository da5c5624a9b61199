#include "fit/fit_gate.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "base/nan_last.h"
#include "fit/minimize.h"

namespace amsel {
namespace {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kRidge = 3;
constexpr int kIterations = 80;

/// Turns gate scores into w · (gate − responsibility), in place; gives the negative log-likelihood of the mixture.
double LossAndResidual(const RowMatrix& likelihood, const Eigen::VectorXf& weights, RowMatrix& z) {
  double loss = 0;
  for (Eigen::Index r = 0; r < z.rows(); ++r) {
    auto row = z.row(r);
    row = (row.array() - row.maxCoeff()).exp();
    row /= row.sum();
    Eigen::RowVectorXf joint = row.array().log() + likelihood.row(r).array();
    const float highest = joint.maxCoeff();
    joint = (joint.array() - highest).exp();
    const float sum = joint.sum();
    loss -= weights[r] * (std::log(static_cast<double>(sum)) + highest);
    row = weights[r] * (row - joint / sum);
  }
  return loss;
}

}  // namespace

FeatureGate::Scale FitGateScale(std::span<const float> features, std::size_t count, std::span<const std::size_t> rows) {
  FeatureGate::Scale scale;
  for (std::size_t f = 0; f < count; ++f) {
    std::vector<float> values;
    double sum = 0;
    for (const std::size_t r : rows) {
      values.push_back(features[r * count + f]);
      sum += values.back();
    }
    const double mean = sum / static_cast<double>(rows.size());
    double squares = 0;
    for (const float value : values) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(rows.size()));
    std::sort(values.begin(), values.end(), [](float a, float b) { return LowFirst(a) < LowFirst(b); });
    scale.mean.push_back(static_cast<float>(mean));
    scale.inverse_deviation.push_back(deviation > 0 ? static_cast<float>(1 / deviation) : 0);
    for (std::size_t knot = 0; knot < FeatureGate::kKnots; ++knot) {
      scale.knots.push_back(values[knot * (values.size() - 1) / (FeatureGate::kKnots - 1)]);
    }
  }
  return scale;
}

FeatureGate FitGate(std::span<const float> features, std::size_t count, std::span<const float> log_likelihood,
                    int members, std::span<const double> weights, std::span<const std::size_t> rows) {
  FeatureGate::Scale scale = FitGateScale(features, count, rows);
  const auto terms = static_cast<Eigen::Index>(FeatureGate::TermCount(count));
  const auto n = static_cast<Eigen::Index>(rows.size());
  RowMatrix inputs(n, terms + 1);
  RowMatrix likelihood(n, members);
  Eigen::VectorXf w(n);
  for (Eigen::Index r = 0; r < n; ++r) {
    const std::size_t row = rows[static_cast<std::size_t>(r)];
    FeatureGate::Expand(scale, features.subspan(row * count, count), {&inputs(r, 0), static_cast<std::size_t>(terms)});
    inputs(r, terms) = 1;
    const float* from = log_likelihood.data() + row * static_cast<std::size_t>(members);
    std::copy(from, from + members, &likelihood(r, 0));
    w[r] = static_cast<float>(weights[row]);
  }
  RowMatrix z;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    using DoubleMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const DoubleMatrix> parameters(x.data(), terms + 1, members);
    z.noalias() = inputs * parameters.cast<float>();
    const double loss = LossAndResidual(likelihood, w, z);
    Eigen::Map<DoubleMatrix> g(gradient.data(), terms + 1, members);
    g = (inputs.transpose() * z).cast<double>();
    g.topRows(terms) += kRidge * parameters.topRows(terms);
    return loss + 0.5 * kRidge * parameters.topRows(terms).squaredNorm();
  };
  const std::vector<double> found =
      Minimize(objective, std::vector<double>(static_cast<std::size_t>((terms + 1) * members), 0.0), kIterations);
  return FeatureGate(std::move(scale), {found.begin(), found.end()}, members);
}

}  // namespace amsel
