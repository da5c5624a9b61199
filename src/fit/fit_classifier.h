// Learners of the classifiers that premodels decide with (policy/classifier.h). Each gives a classifier in our own
// form, which needs nothing of the library that learned it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "policy/classifier.h"

namespace amsel {

/// What a classifier is learned from. Every class occurs among the labels, and there are at least two.
struct ClassifierData {
  std::span<const float> points;  ///< [rows × dimensions], scaled
  int dimensions = 0;
  std::span<const int> labels;  ///< per row, 0 … classes − 1
  int classes = 2;

  int rows() const { return static_cast<int>(labels.size()); }
};

/// What the learners of single kinds take; the others do not look at it.
struct ClassifierOptions {
  int k = 5;                 ///< neighbours
  int tree_depth = 16;       ///< at most, of decision trees and those of forests
  double svm_gamma = 0.001;  ///< of the kernel exp(−gamma ‖x − v‖²)
  double svm_c = 1;          ///< price of a training image on the wrong side
  int trees = 100;           ///< of forests; rounds of boosting
  std::uint64_t seed = 1;    ///< of forests, boosting and support vector machines
};

/// Deterministic; throws what the library behind it throws.
using ClassifierLearner = std::function<std::shared_ptr<const Classifier>(const ClassifierData&)>;

/// knn, tree, svm, forest, bayes, logistic and boosted.
const std::vector<std::string>& ClassifierNames();

/// The learner called `name`, one of ClassifierNames(). Fails where its library is not to be found.
Result<ClassifierLearner> MakeClassifierLearner(const std::string& name, const ClassifierOptions& options);

/// Gaussian naive Bayes: means, variances (plus a billionth of the largest, so that none is 0) and shares of classes.
std::shared_ptr<const Classifier> FitBayes(const ClassifierData& data);

/// Multinomial logistic regression: the likelihood less half the squared weights, by L-BFGS.
std::shared_ptr<const Classifier> FitLogistic(const ClassifierData& data);

/// One that always gives class `label` of two.
std::shared_ptr<const Classifier> ConstantClassifier(int dimensions, int label);

}  // namespace amsel
