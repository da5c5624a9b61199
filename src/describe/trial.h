// Tries readings of pixels and labels on one DNN: what it answers to each, and how well that fits the labels.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/candidate_runner.h"
#include "backend/output_facts.h"
#include "describe/label_maps.h"
#include "describe/samples.h"

namespace amsel {

/// How one image was answered.
struct Score {
  float log_prob = 0;  ///< of its label
  bool right = false;
  int answer = -1;  ///< class; −1: none
};

/// Images of the sample that something befell: how many, and which was the first.
struct Befallen {
  std::size_t count = 0;
  std::size_t first = 0;
};

/// One reading of pixels, tried on the first so many images of the sample.
struct Tried {
  Preprocess preprocess;
  std::vector<std::vector<Score>> scores;  ///< [label map][image]; without an answer where there was none
  OutputFacts facts;                       ///< of the runs that gave values
  Befallen failed{};                       ///< the run gave no values
  std::string failure{};                   ///< why, of the first that did
  Befallen not_finite{};                   ///< some of its values are no finite numbers

  std::size_t images() const { return scores.empty() ? 0 : scores.front().size(); }
};

/// How much better one is than another on the same images, with standard errors of the paired differences; infinite
/// ones where fewer than two images tell nothing of chance.
struct Comparison {
  double log_prob = 0;  ///< mean difference; above 0 where the first is better
  double log_prob_error = 0;
  double top1 = 0;
  double top1_error = 0;
};
Comparison Compare(const std::vector<Score>& one, const std::vector<Score>& other);

/// Whether the first is better beyond doubt, and by something worth a change of a card.
bool ClearlyBetter(const Comparison& better);

double Top1(const std::vector<Score>& scores);

/// The map that fits best; the first of those that cannot be told apart from it.
std::size_t BestMap(const Tried& tried);

/// Not thread-safe. What it is made of must outlive it.
class Trial {
 public:
  /// `runner` was made for any number of outputs; `labels` are its card's, `classes` those of the images, whose numbers
  /// the samples have. Looks at some answers first, to learn how many values there are and of which kind. Errors: a DNN
  /// that fails.
  static Result<Trial> Start(CandidateRunner runner, const std::vector<std::string>& labels,
                             const std::vector<std::string>& classes, const Samples& samples);

  const std::vector<LabelMap>& maps() const { return maps_; }
  /// How many values it gives for an image.
  int values() const { return values_; }
  const Samples& samples() const { return *samples_; }

  /// What is known of each reading after trying all of them on the first `images` of the sample, several images at once
  /// where the session is concurrent; what was tried before is not tried again. The pointers stay valid.
  Result<std::vector<const Tried*>> Try(const std::vector<Preprocess>& readings, std::size_t images);

  /// Whether the first two images that it answers are answered in one batch as they are alone; also where the DNN
  /// takes one at a time, or answers fewer.
  Result<bool> BatchesAgree(const Preprocess& reading);

 private:
  /// A reading that is to be tried on the images from `from` on.
  struct Asked {
    Tried* tried = nullptr;
    std::size_t from = 0;
  };
  /// To one image, by reading; null where it is not asked for. Readings that come to the same numbers share one.
  using Answers = std::vector<std::shared_ptr<const Result<std::vector<float>>>>;

  Trial(CandidateRunner runner, const Samples& samples) : runner_(std::move(runner)), samples_(&samples) {}
  Status Look(const Preprocess& reading);
  Result<std::vector<float>> Run(std::span<const std::byte> tensor) const;
  /// For each image from `begin` to `end`.
  Status Answer(std::size_t begin, std::size_t end, const std::vector<Asked>& asked, std::span<Answers> answers) const;
  /// Log-probabilities, up to a constant, of outputs that stand for classes.
  std::vector<double> Readable(std::span<const float> row) const;
  void AddRun(const Result<std::vector<float>>& run, int label, Tried& tried) const;
  void AddScores(std::span<const float> row, bool usable, int label, Tried& tried) const;

  CandidateRunner runner_;
  OutputKind kind_ = OutputKind::kLogits;
  int values_ = 0;
  std::vector<LabelMap> maps_;       ///< to the card's labels
  std::vector<int> class_of_label_;  ///< −1: the images have no such class
  const Samples* samples_;
  std::map<std::string, Tried> tried_;  ///< by PreprocessKey
};

}  // namespace amsel
