// Two kinds that need no search for parameters. `knn`: the mean over the 50 nearest images, features scaled to 0…1.
// `linear`: ridge regression (Hoerl & Kennard 1970) on standard scores, ranks and products of ranks; the least-squares
// fit to right and wrong estimates P(right), and one factorisation serves all candidates.
#include "doctor/premodels.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cassert>
#include <numeric>

#include "fit/fit_gate.h"
#include "learn/feature_rows.h"

namespace amsel {
namespace {

constexpr int kNeighbours = 50;
constexpr double kRidge = 0.01;                // of the weight of all images
constexpr std::size_t kMostWithProducts = 16;  // features; beyond, products of ranks outnumber the images

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Standard scores and ranks of each row, with products of ranks where they are few, then a one.
Matrix Terms(const FeatureGate::Scale& scale, std::span<const float> values, std::size_t dimensions) {
  const std::size_t all = FeatureGate::TermCount(dimensions);
  const std::size_t kept = dimensions <= kMostWithProducts ? all : 2 * dimensions;
  const std::size_t rows = values.size() / dimensions;
  Matrix terms(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(kept + 1));
  std::vector<float> expanded(all);
  for (std::size_t r = 0; r < rows; ++r) {
    FeatureGate::Expand(scale, values.subspan(r * dimensions, dimensions), expanded);
    const auto row = static_cast<Eigen::Index>(r);
    std::copy_n(expanded.begin(), kept, &terms(row, 0));
    terms(row, static_cast<Eigen::Index>(kept)) = 1;
  }
  return terms;
}

std::vector<float> ByRegression(const Subject& subject, Rows fit, Rows asked) {
  const std::size_t dimensions = subject.features.size();
  const std::vector<float> values = FeatureRows(subject.table, fit, subject.features);
  std::vector<std::size_t> all(fit.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const FeatureGate::Scale scale = FitGateScale(values, dimensions, all);
  const Matrix inputs = Terms(scale, values, dimensions);
  const auto count = static_cast<Eigen::Index>(subject.table.candidate_count());
  Matrix targets(inputs.rows(), count);
  Eigen::VectorXf weights(inputs.rows());
  for (Eigen::Index r = 0; r < inputs.rows(); ++r) {
    const std::size_t i = fit[static_cast<std::size_t>(r)];
    weights[r] = static_cast<float>(subject.table.images[i].weight);
    for (Eigen::Index c = 0; c < count; ++c) {
      targets(r, c) = static_cast<float>(subject.table.UtilityOf(static_cast<std::size_t>(c), i, subject.top));
    }
  }
  const Matrix weighted = inputs.transpose() * weights.asDiagonal();
  Eigen::MatrixXd normal = (weighted * inputs).cast<double>();
  normal.diagonal().head(normal.rows() - 1).array() += kRidge * std::max(1.0, static_cast<double>(weights.sum()));
  normal(normal.rows() - 1, normal.rows() - 1) += 1e-6;
  const Eigen::MatrixXd solution = normal.ldlt().solve((weighted * targets).cast<double>());
  const Matrix answers =
      Terms(scale, FeatureRows(subject.table, asked, subject.features), dimensions) * solution.cast<float>();
  return {answers.data(), answers.data() + answers.size()};
}

}  // namespace

const std::vector<std::string>& QuickPremodels() {
  static const std::vector<std::string> names{"knn", "linear"};
  return names;
}

PRightFitter QuickFitter(const std::string& premodel, const Subject& subject) {
  assert(!subject.features.empty());
  if (premodel != "knn") return [&subject](Rows fit, Rows asked) { return ByRegression(subject, fit, asked); };
  return [&subject](Rows fit, Rows asked) {
    return PRightByNeighbours(subject.table, subject.features, kNeighbours, subject.top, fit, asked);
  };
}

}  // namespace amsel
