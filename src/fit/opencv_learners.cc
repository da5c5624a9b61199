#include "fit/opencv_learners.h"

#include <map>

namespace amsel {
namespace {

cv::Ptr<cv::ml::TrainData> DataOf(const ClassifierData& data) {
  const cv::Mat points(data.rows(), data.dimensions, CV_32F, const_cast<float*>(data.points.data()));
  const cv::Mat labels(data.rows(), 1, CV_32S, const_cast<int*>(data.labels.data()));
  return cv::ml::TrainData::create(points, cv::ml::ROW_SAMPLE, labels);
}

void Configure(cv::ml::DTrees& trees, const ClassifierOptions& options) {
  constexpr int kFewestToSplit = 2;
  trees.setMaxDepth(options.tree_depth);
  trees.setMinSampleCount(kFewestToSplit);
  trees.setCVFolds(0);  // no pruning
  trees.setUseSurrogates(false);
  trees.setUse1SERule(false);
  trees.setTruncatePrunedTree(false);
}

/// Copies what hangs below OpenCV's node `from` behind the nodes that are there, parents before children.
int CopyOpenCvTree(const std::vector<cv::ml::DTrees::Node>& nodes, const std::vector<cv::ml::DTrees::Split>& splits,
                   int from, std::vector<TreeNode>& copy) {
  const auto at = copy.size();
  copy.emplace_back();
  const cv::ml::DTrees::Node& node = nodes[static_cast<std::size_t>(from)];
  if (node.split < 0) {
    copy[at].low = static_cast<int>(node.value);  // the class
    return static_cast<int>(at);
  }
  const cv::ml::DTrees::Split& split = splits[static_cast<std::size_t>(node.split)];
  const int left = CopyOpenCvTree(nodes, splits, node.left, copy);
  const int right = CopyOpenCvTree(nodes, splits, node.right, copy);
  copy[at] = {split.varIdx, split.c, split.inversed ? right : left, split.inversed ? left : right};
  return static_cast<int>(at);
}

}  // namespace

cv::Ptr<cv::ml::DTrees> TrainTree(const ClassifierData& data, const ClassifierOptions& options) {
  cv::Ptr<cv::ml::DTrees> tree = cv::ml::DTrees::create();
  Configure(*tree, options);
  tree->train(DataOf(data));
  return tree;
}

cv::Ptr<cv::ml::RTrees> TrainForest(const ClassifierData& data, const ClassifierOptions& options) {
  cv::Ptr<cv::ml::RTrees> forest = cv::ml::RTrees::create();
  Configure(*forest, options);
  forest->setActiveVarCount(0);  // the square root of their number
  forest->setTermCriteria({cv::TermCriteria::MAX_ITER, options.trees, 0});
  cv::theRNG() = cv::RNG(options.seed);  // of this thread: bootstrap samples and features
  forest->train(DataOf(data));
  return forest;
}

cv::Ptr<cv::ml::SVM> TrainSvm(const ClassifierData& data, const ClassifierOptions& options) {
  constexpr int kMostIterations = 100'000;
  constexpr double kTolerance = 1e-3;
  cv::Ptr<cv::ml::SVM> svm = cv::ml::SVM::create();
  svm->setType(cv::ml::SVM::C_SVC);
  svm->setKernel(cv::ml::SVM::RBF);
  svm->setGamma(options.svm_gamma);
  svm->setC(options.svm_c);
  svm->setTermCriteria({cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, kMostIterations, kTolerance});
  cv::theRNG() = cv::RNG(options.seed);  // of this thread: the order of samples
  svm->train(DataOf(data));
  return svm;
}

std::shared_ptr<const Classifier> ExportTrees(const cv::ml::DTrees& trees, const ClassifierData& data) {
  std::vector<TreeNode> nodes;
  std::vector<int> roots;
  for (const int root : trees.getRoots())
    roots.push_back(CopyOpenCvTree(trees.getNodes(), trees.getSplits(), root, nodes));
  const auto classes = static_cast<std::size_t>(data.classes);
  std::vector<float> votes(classes * classes, 0);
  for (std::size_t c = 0; c < classes; ++c) votes[c * classes + c] = 1;
  return std::make_shared<TreesClassifier>(std::move(nodes), std::move(roots), std::move(votes), data.dimensions,
                                           data.classes);
}

std::shared_ptr<const Classifier> ExportSvm(const cv::ml::SVM& svm, const ClassifierData& data) {
  const cv::Mat vectors = svm.getSupportVectors();
  SvmClassifier::Parts parts;
  parts.gamma = svm.getGamma();
  parts.dimensions = data.dimensions;
  parts.classes = data.classes;
  for (int v = 0; v < vectors.rows; ++v) {
    parts.vectors.insert(parts.vectors.end(), vectors.ptr<float>(v), vectors.ptr<float>(v) + vectors.cols);
  }
  const int pairs = data.classes * (data.classes - 1) / 2;
  const auto count = static_cast<std::size_t>(vectors.rows);
  parts.coefficients.assign(static_cast<std::size_t>(pairs) * count, 0);
  for (int pair = 0; pair < pairs; ++pair) {
    cv::Mat alpha;
    cv::Mat which;
    parts.rho.push_back(static_cast<float>(svm.getDecisionFunction(pair, alpha, which)));
    float* row = parts.coefficients.data() + static_cast<std::size_t>(pair) * count;
    for (int n = 0; n < static_cast<int>(alpha.total()); ++n) {
      row[which.at<int>(n)] = static_cast<float>(alpha.at<double>(n));
    }
  }
  return std::make_shared<SvmClassifier>(std::move(parts));
}

}  // namespace amsel
