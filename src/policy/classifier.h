// Classifiers of features, as learners export them: all that premodels need to decide.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/tensor_file.h"
#include "policy/knn.h"

namespace amsel {

/// A score per class from scaled features; the highest wins, the lowest class of equals. Immutable, thread-safe.
class Classifier {
 public:
  virtual ~Classifier() = default;

  /// "knn", "trees", "svm", "gaussian" or "linear": its form in a file.
  virtual std::string_view form() const = 0;
  /// Puts the tensors into `file` under names that begin with `name`; gives what else belongs into the config.
  virtual Json Save(const std::string& name, TensorFile& file) const = 0;
  virtual int dimensions() const = 0;
  virtual int classes() const = 0;  ///< at least 2
  virtual std::size_t scratch_size() const = 0;
  /// What a score is, for explanations.
  virtual std::string ScoreInWords() const = 0;
  /// `scratch` has scratch_size() floats, `out` classes(). Allocates nothing.
  virtual void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const = 0;
};

/// The class that `classifier` gives; `scores` has classes() floats and holds them afterwards.
int Classify(const Classifier& classifier, std::span<const float> query, std::span<float> scratch,
             std::span<float> scores);

/// k nearest neighbours. An index with one target, the share in favour of class 1, is a classifier of two classes.
class KnnClassifier final : public Classifier {
 public:
  KnnClassifier(KnnIndex index, int k);
  std::string_view form() const override { return "knn"; }
  Json Save(const std::string& name, TensorFile& file) const override;
  int dimensions() const override { return index_.dimensions(); }
  int classes() const override { return std::max(2, index_.target_count()); }
  std::size_t scratch_size() const override { return KnnIndex::ScratchSize(k_); }
  std::string ScoreInWords() const override;
  void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const override;

  const KnnIndex& index() const { return index_; }
  int k() const { return k_; }

 private:
  KnnIndex index_;
  int k_;
};

/// One node: goes to `low` where the feature is at most `threshold`, to `high` where it is more. A leaf has feature −1
/// and, in `low`, the number of its row of values.
struct TreeNode {
  int feature = -1;
  float threshold = 0;
  int low = 0;
  int high = 0;
};

/// The sum over trees of their leaves' values: decision trees (Breiman et al. 1984), forests of votes (Breiman 2001)
/// and boosted trees (Friedman 2001) are all of this form.
class TreesClassifier final : public Classifier {
 public:
  /// Children stand after their parents; `values` is [rows × classes].
  TreesClassifier(std::vector<TreeNode> nodes, std::vector<int> roots, std::vector<float> values, int dimensions,
                  int classes);
  std::string_view form() const override { return "trees"; }
  Json Save(const std::string& name, TensorFile& file) const override;
  int dimensions() const override { return dimensions_; }
  int classes() const override { return classes_; }
  std::size_t scratch_size() const override { return 0; }
  std::string ScoreInWords() const override;
  void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const override;

  const std::vector<TreeNode>& nodes() const { return nodes_; }
  const std::vector<int>& roots() const { return roots_; }
  const std::vector<float>& values() const { return values_; }

 private:
  std::vector<TreeNode> nodes_;
  std::vector<int> roots_;
  std::vector<float> values_;
  int dimensions_;
  int classes_;
};

/// Support vectors with the kernel exp(−gamma ‖x − v‖²), a decision for each pair of classes, votes for the winners
/// (Cortes & Vapnik 1995; Knerr et al. 1990).
class SvmClassifier final : public Classifier {
 public:
  struct Parts {
    std::vector<float> vectors;       ///< [vectors × dimensions]
    std::vector<float> coefficients;  ///< [pairs × vectors]; pairs (0, 1), (0, 2) … (1, 2) …
    std::vector<float> rho;           ///< [pairs]: the lower class has the vote where Σ coefficient · kernel > rho
    double gamma = 1;
    int dimensions = 0;
    int classes = 2;
  };
  explicit SvmClassifier(Parts parts);
  std::string_view form() const override { return "svm"; }
  Json Save(const std::string& name, TensorFile& file) const override;
  int dimensions() const override { return parts_.dimensions; }
  int classes() const override { return parts_.classes; }
  std::size_t scratch_size() const override { return parts_.coefficients.size() / parts_.rho.size(); }
  std::string ScoreInWords() const override { return "votes of its support vectors"; }
  void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const override;

  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

/// Naive Bayes with a normal distribution per class and feature: constant − ½ Σ (x − mean)² / variance.
class GaussianClassifier final : public Classifier {
 public:
  /// `mean` and `inverse_variance` [classes × dimensions], `constant` [classes].
  GaussianClassifier(std::vector<float> mean, std::vector<float> inverse_variance, std::vector<float> constant);
  std::string_view form() const override { return "gaussian"; }
  Json Save(const std::string& name, TensorFile& file) const override;
  int dimensions() const override { return static_cast<int>(mean_.size() / constant_.size()); }
  int classes() const override { return static_cast<int>(constant_.size()); }
  std::size_t scratch_size() const override { return 0; }
  std::string ScoreInWords() const override { return "log-likelihood"; }
  void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const override;

  const std::vector<float>& mean() const { return mean_; }
  const std::vector<float>& inverse_variance() const { return inverse_variance_; }
  const std::vector<float>& constant() const { return constant_; }

 private:
  std::vector<float> mean_;
  std::vector<float> inverse_variance_;
  std::vector<float> constant_;
};

/// bias + weights · x: multinomial logistic regression.
class LinearClassifier final : public Classifier {
 public:
  /// `weights` [classes × dimensions], `bias` [classes].
  LinearClassifier(std::vector<float> weights, std::vector<float> bias);
  std::string_view form() const override { return "linear"; }
  Json Save(const std::string& name, TensorFile& file) const override;
  int dimensions() const override { return static_cast<int>(weights_.size() / bias_.size()); }
  int classes() const override { return static_cast<int>(bias_.size()); }
  std::size_t scratch_size() const override { return 0; }
  std::string ScoreInWords() const override { return "linear score"; }
  void Scores(std::span<const float> query, std::span<float> scratch, std::span<float> out) const override;

  const std::vector<float>& weights() const { return weights_; }
  const std::vector<float>& bias() const { return bias_; }

 private:
  std::vector<float> weights_;
  std::vector<float> bias_;
};

}  // namespace amsel
