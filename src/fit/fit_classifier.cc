#include "fit/fit_classifier.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/status_macros.h"
#include "fit/lightgbm.h"
#include "fit/minimize.h"
#include "fit/opencv_learners.h"

namespace amsel {
namespace {

constexpr double kSmoothing = 1e-9;
constexpr double kLogisticRidge = 1;
constexpr int kLogisticIterations = 200;

std::shared_ptr<const Classifier> FitKnn(const ClassifierData& data, int k) {
  const int width = data.classes == 2 ? 1 : data.classes;  // of two classes the share of one says all
  std::vector<float> targets;
  for (const int label : data.labels) {
    if (width == 1) targets.push_back(static_cast<float>(label));
    for (int c = 0; width > 1 && c < width; ++c) targets.push_back(c == label ? 1 : 0);
  }
  KnnIndex index({data.points.begin(), data.points.end()}, std::move(targets), data.rows(), data.dimensions, width);
  return std::make_shared<KnnClassifier>(std::move(index), k);
}

}  // namespace

std::shared_ptr<const Classifier> FitBayes(const ClassifierData& data) {
  const auto width = static_cast<std::size_t>(data.dimensions);
  const auto classes = static_cast<std::size_t>(data.classes);
  std::vector<double> count(classes, 0);
  std::vector<double> sum(classes * width, 0);
  std::vector<double> squares(classes * width, 0);
  std::vector<double> all(2 * width, 0);
  for (std::size_t r = 0; r < data.labels.size(); ++r) {
    const auto c = static_cast<std::size_t>(data.labels[r]);
    count[c] += 1;
    for (std::size_t j = 0; j < width; ++j) sum[c * width + j] += data.points[r * width + j];
  }
  double largest = 0;
  for (std::size_t r = 0; r < data.labels.size(); ++r) {
    const auto c = static_cast<std::size_t>(data.labels[r]);
    for (std::size_t j = 0; j < width; ++j) {
      const double off = data.points[r * width + j] - sum[c * width + j] / count[c];
      squares[c * width + j] += off * off;
      all[j] += data.points[r * width + j];
      all[width + j] += static_cast<double>(data.points[r * width + j]) * data.points[r * width + j];
    }
  }
  const auto rows = static_cast<double>(data.labels.size());
  for (std::size_t j = 0; j < width; ++j) {
    largest = std::max(largest, all[width + j] / rows - all[j] / rows * (all[j] / rows));
  }
  std::vector<float> mean;
  std::vector<float> inverse;
  std::vector<float> constant;
  for (std::size_t c = 0; c < classes; ++c) {
    double score = std::log(count[c] / rows);
    for (std::size_t j = 0; j < width; ++j) {
      // A class of one image has no variance: it would claim its very point with all certainty.
      const double variance = squares[c * width + j] / count[c] + std::max(kSmoothing * largest, 1e-12);
      mean.push_back(static_cast<float>(sum[c * width + j] / count[c]));
      inverse.push_back(static_cast<float>(1 / variance));
      score -= std::log(variance) / 2;
    }
    constant.push_back(static_cast<float>(score));
  }
  return std::make_shared<GaussianClassifier>(std::move(mean), std::move(inverse), std::move(constant));
}

std::shared_ptr<const Classifier> FitLogistic(const ClassifierData& data) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Index width = data.dimensions;
  Matrix inputs(data.rows(), width + 1);
  for (Eigen::Index r = 0; r < inputs.rows(); ++r) {
    for (Eigen::Index j = 0; j < width; ++j) inputs(r, j) = data.points[static_cast<std::size_t>(r * width + j)];
    inputs(r, width) = 1;
  }
  Matrix z;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    const Eigen::Map<const Matrix> parameters(x.data(), width + 1, data.classes);
    z.noalias() = inputs * parameters;
    double loss = 0;
    for (Eigen::Index r = 0; r < z.rows(); ++r) {
      const int label = data.labels[static_cast<std::size_t>(r)];
      const double highest = z.row(r).maxCoeff();
      const double own = z(r, label) - highest;
      z.row(r) = (z.row(r).array() - highest).exp();
      const double total = z.row(r).sum();
      loss += std::log(total) - own;
      z.row(r) /= total;
      z(r, label) -= 1;
    }
    Eigen::Map<Matrix> g(gradient.data(), width + 1, data.classes);
    g.noalias() = inputs.transpose() * z;
    g.topRows(width) += kLogisticRidge * parameters.topRows(width);
    return loss + 0.5 * kLogisticRidge * parameters.topRows(width).squaredNorm();
  };
  const auto count = static_cast<std::size_t>((width + 1) * data.classes);
  const std::vector<double> found = Minimize(objective, std::vector<double>(count, 0.0), kLogisticIterations);
  std::vector<float> weights;
  std::vector<float> bias;
  for (Eigen::Index c = 0; c < data.classes; ++c) {
    for (Eigen::Index j = 0; j < width; ++j) {
      weights.push_back(static_cast<float>(found[static_cast<std::size_t>(j * data.classes + c)]));
    }
    bias.push_back(static_cast<float>(found[static_cast<std::size_t>(width * data.classes + c)]));
  }
  return std::make_shared<LinearClassifier>(std::move(weights), std::move(bias));
}

std::shared_ptr<const Classifier> ConstantClassifier(int dimensions, int label) {
  std::vector<float> bias{0, 0};
  bias[static_cast<std::size_t>(label)] = 1;
  return std::make_shared<LinearClassifier>(std::vector<float>(static_cast<std::size_t>(2 * dimensions), 0), bias);
}

const std::vector<std::string>& ClassifierNames() {
  static const std::vector<std::string> names{"knn", "tree", "svm", "forest", "bayes", "logistic", "boosted"};
  return names;
}

Result<ClassifierLearner> MakeClassifierLearner(const std::string& name, const ClassifierOptions& options) {
  using Data = const ClassifierData&;
  if (name == "knn") return ClassifierLearner([k = options.k](Data data) { return FitKnn(data, k); });
  if (name == "tree") return ClassifierLearner([=](Data data) { return ExportTrees(*TrainTree(data, options), data); });
  if (name == "svm") return ClassifierLearner([=](Data data) { return ExportSvm(*TrainSvm(data, options), data); });
  if (name == "forest") {
    return ClassifierLearner([=](Data data) { return ExportTrees(*TrainForest(data, options), data); });
  }
  if (name == "bayes") return ClassifierLearner(FitBayes);
  if (name == "logistic") return ClassifierLearner(FitLogistic);
  assert(name == "boosted");
  AMSEL_ASSIGN_OR_RETURN(const auto library, LightGbm::Open());
  return ClassifierLearner([=](Data data) { return ExportBoosted(library->Train(data, {}, options).json, data); });
}

}  // namespace amsel
