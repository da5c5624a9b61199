#include "policy/classifier.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/nan_last.h"

namespace amsel {

int Classify(const Classifier& classifier, std::span<const float> query, std::span<float> scratch,
             std::span<float> scores) {
  classifier.Scores(query, scratch, scores);
  return static_cast<int>(HighestOf(std::span<const float>(scores)));
}

KnnClassifier::KnnClassifier(KnnIndex index, int k) : index_(std::move(index)), k_(k) {
  assert(k_ > 0 && index_.size() > 0);
}

std::string KnnClassifier::ScoreInWords() const {
  return "share of " + std::to_string(k_) + " neighbours in favour";
}

void KnnClassifier::Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const {
  if (index_.target_count() == 1) {
    index_.MeanTargets(query, k_, scratch, out.subspan(1, 1));
    out[0] = 1 - out[1];
  } else {
    index_.MeanTargets(query, k_, scratch, out);
  }
}

TreesClassifier::TreesClassifier(std::vector<TreeNode> nodes, std::vector<int> roots, std::vector<float> values,
                                 int dimensions, int classes)
    : nodes_(std::move(nodes)),
      roots_(std::move(roots)),
      values_(std::move(values)),
      dimensions_(dimensions),
      classes_(classes) {
  assert(!roots_.empty() && classes_ > 1);
}

std::string TreesClassifier::ScoreInWords() const {
  return roots_.size() == 1 ? "leaf of its tree" : "sum of " + std::to_string(roots_.size()) + " trees";
}

void TreesClassifier::Scores(std::span<const float> query, std::span<float> /*scratch*/, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  for (const int root : roots_) {
    const TreeNode* node = &nodes_[static_cast<std::size_t>(root)];
    while (node->feature >= 0) {
      const bool low = query[static_cast<std::size_t>(node->feature)] <= node->threshold;
      node = &nodes_[static_cast<std::size_t>(low ? node->low : node->high)];
    }
    const float* row = values_.data() + static_cast<std::size_t>(node->low) * out.size();
    for (std::size_t c = 0; c < out.size(); ++c) out[c] += row[c];
  }
}

SvmClassifier::SvmClassifier(Parts parts) : parts_(std::move(parts)) {
  assert(parts_.rho.size() == static_cast<std::size_t>(parts_.classes) * (parts_.classes - 1) / 2);
}

void SvmClassifier::Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const {
  const std::size_t count = scratch_size();
  for (std::size_t v = 0; v < count; ++v) {
    const float* vector = parts_.vectors.data() + v * query.size();
    double distance = 0;
    for (std::size_t j = 0; j < query.size(); ++j) {
      const double difference = vector[j] - query[j];
      distance += difference * difference;
    }
    scratch[v] = std::exp(static_cast<float>(-parts_.gamma * distance));
  }
  std::fill(out.begin(), out.end(), 0.0F);
  std::size_t pair = 0;
  for (std::size_t a = 0; a < out.size(); ++a) {
    for (std::size_t b = a + 1; b < out.size(); ++b, ++pair) {
      const float* coefficients = parts_.coefficients.data() + pair * count;
      double sum = -static_cast<double>(parts_.rho[pair]);
      for (std::size_t v = 0; v < count; ++v) sum += static_cast<double>(coefficients[v]) * scratch[v];
      out[sum > 0 ? a : b] += 1;
    }
  }
}

GaussianClassifier::GaussianClassifier(std::vector<float> mean, std::vector<float> inverse_variance,
                                       std::vector<float> constant)
    : mean_(std::move(mean)), inverse_variance_(std::move(inverse_variance)), constant_(std::move(constant)) {
  assert(constant_.size() > 1 && mean_.size() == inverse_variance_.size());
}

void GaussianClassifier::Scores(std::span<const float> query, std::span<float> /*scratch*/,
                                std::span<float> out) const {
  for (std::size_t c = 0; c < out.size(); ++c) {
    float squares = 0;
    for (std::size_t j = 0; j < query.size(); ++j) {
      const float difference = query[j] - mean_[c * query.size() + j];
      squares += difference * difference * inverse_variance_[c * query.size() + j];
    }
    out[c] = constant_[c] - squares / 2;
  }
}

LinearClassifier::LinearClassifier(std::vector<float> weights, std::vector<float> bias)
    : weights_(std::move(weights)), bias_(std::move(bias)) {
  assert(bias_.size() > 1 && weights_.size() % bias_.size() == 0);
}

void LinearClassifier::Scores(std::span<const float> query, std::span<float> /*scratch*/, std::span<float> out) const {
  for (std::size_t c = 0; c < out.size(); ++c) {
    out[c] = bias_[c];
    for (std::size_t j = 0; j < query.size(); ++j) out[c] += weights_[c * query.size() + j] * query[j];
  }
}

}  // namespace amsel
