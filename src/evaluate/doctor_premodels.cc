// Two kinds that need no search for parameters. `knn`: the mean over the 50 nearest images, features scaled to 0…1.
// `linear`: ridge regression (Hoerl & Kennard 1970) on standard scores, ranks and products of ranks; the least-squares
// fit to right and wrong estimates P(right), and one factorisation serves all candidates.
#include "evaluate/doctor_premodels.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cassert>

#include "learn/fit_gate.h"
#include "policy/knn.h"
#include "policy/premodel.h"

namespace amsel {
namespace {

constexpr int kNeighbours = 50;
constexpr double kRidge = 0.01;                // of the weight of all images
constexpr std::size_t kMostWithProducts = 16;  // features; beyond, products of ranks outnumber the images

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<float> FeaturesOf(const DoctorTable& table, Rows rows) {
  std::vector<float> values;
  for (const std::size_t i : rows) {
    for (const std::size_t f : table.premodel_features)
      values.push_back(table.features[i * table.feature_names.size() + f]);
  }
  return values;
}

std::vector<float> ByNeighbours(const DoctorTable& table, Rows fit, Rows asked) {
  const std::size_t dimensions = table.premodel_features.size();
  const std::size_t count = table.candidate_count();
  std::vector<float> points = FeaturesOf(table, fit);
  FeatureScaler scaler{{points.begin(), points.begin() + static_cast<std::ptrdiff_t>(dimensions)}, {}};
  scaler.high = scaler.low;
  for (std::size_t at = 0; at < points.size(); ++at) {
    scaler.low[at % dimensions] = std::min(scaler.low[at % dimensions], points[at]);
    scaler.high[at % dimensions] = std::max(scaler.high[at % dimensions], points[at]);
  }
  for (std::size_t at = 0; at < points.size(); at += dimensions) {
    const std::span<float> point = std::span(points).subspan(at, dimensions);
    scaler.Apply(point, point);
  }
  std::vector<float> targets;
  for (const std::size_t i : fit) {
    for (const RowSamples& single : table.singles) targets.push_back(static_cast<float>(single.right[i]));
  }
  const KnnIndex index(std::move(points), std::move(targets), static_cast<int>(fit.size()),
                       static_cast<int>(dimensions), static_cast<int>(count));
  std::vector<float> queries = FeaturesOf(table, asked);
  std::vector<float> scratch(KnnIndex::ScratchSize(kNeighbours));
  std::vector<float> p_right(asked.size() * count);
  for (std::size_t r = 0; r < asked.size(); ++r) {
    const std::span<float> query = std::span(queries).subspan(r * dimensions, dimensions);
    scaler.Apply(query, query);
    index.MeanTargets(query, kNeighbours, scratch, std::span(p_right).subspan(r * count, count));
  }
  return p_right;
}

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

std::vector<float> ByRegression(const DoctorTable& table, Rows fit, Rows asked) {
  const std::size_t dimensions = table.premodel_features.size();
  const std::vector<float> values = FeaturesOf(table, fit);
  std::vector<std::size_t> all(fit.size());
  for (std::size_t r = 0; r < all.size(); ++r) all[r] = r;
  const FeatureGate::Scale scale = FitGateScale(values, dimensions, all);
  const Matrix inputs = Terms(scale, values, dimensions);
  const auto count = static_cast<Eigen::Index>(table.candidate_count());
  Matrix targets(inputs.rows(), count);
  Eigen::VectorXf weights(inputs.rows());
  for (Eigen::Index r = 0; r < inputs.rows(); ++r) {
    const std::size_t i = fit[static_cast<std::size_t>(r)];
    weights[r] = static_cast<float>(table.images.weights[i]);
    for (Eigen::Index c = 0; c < count; ++c) {
      targets(r, c) = static_cast<float>(table.singles[static_cast<std::size_t>(c)].right[i]);
    }
  }
  const Matrix weighted = inputs.transpose() * weights.asDiagonal();
  Eigen::MatrixXd normal = (weighted * inputs).cast<double>();
  normal.diagonal().head(normal.rows() - 1).array() += kRidge * std::max(1.0, static_cast<double>(weights.sum()));
  normal(normal.rows() - 1, normal.rows() - 1) += 1e-6;
  const Eigen::MatrixXd solution = normal.ldlt().solve((weighted * targets).cast<double>());
  const Matrix answers = Terms(scale, FeaturesOf(table, asked), dimensions) * solution.cast<float>();
  return {answers.data(), answers.data() + answers.size()};
}

}  // namespace

const std::vector<std::string>& QuickPremodels() {
  static const std::vector<std::string> names{"knn", "linear"};
  return names;
}

std::vector<float> FitAndPredict(const std::string& premodel, const DoctorTable& table, Rows fit, Rows asked) {
  assert(!table.premodel_features.empty() && !fit.empty());
  return premodel == "knn" ? ByNeighbours(table, fit, asked) : ByRegression(table, fit, asked);
}

}  // namespace amsel
