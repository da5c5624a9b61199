// Decision trees, random forests and support vector machines by OpenCV's module ml, and their export.
#pragma once

#include <opencv2/ml.hpp>

#include "fit/fit_classifier.h"

namespace amsel {

/// A single tree of at most options.tree_depth levels, down to pure leaves.
cv::Ptr<cv::ml::DTrees> TrainTree(const ClassifierData& data, const ClassifierOptions& options);

/// options.trees trees on bootstrap samples, √dimensions features tried at a split.
cv::Ptr<cv::ml::RTrees> TrainForest(const ClassifierData& data, const ClassifierOptions& options);

/// C-SVC with an RBF kernel, options.svm_gamma and options.svm_c.
cv::Ptr<cv::ml::SVM> TrainSvm(const ClassifierData& data, const ClassifierOptions& options);

/// A vote of one for each tree's class.
std::shared_ptr<const Classifier> ExportTrees(const cv::ml::DTrees& trees, const ClassifierData& data);
std::shared_ptr<const Classifier> ExportSvm(const cv::ml::SVM& svm, const ClassifierData& data);

}  // namespace amsel
