// What every candidate did with every image: what learning, simulation and bounds look at, wherever it came from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/path_cost.h"
#include "policy/policy.h"

namespace amsel {

inline constexpr double kMostWeight = 1e12;  ///< of an image: sums of them stay numbers, and their parts count

/// Whether it is the name of a part of the images; empty: any.
inline bool IsSplit(std::string_view split) {
  return split.empty() || split == "fit" || split == "select" || split == "certify" || split == "test";
}
inline constexpr const char* kSplitsInWords = "fit, select, certify, test or nothing";

struct OutcomeCandidate {
  std::string name;
  bool derived = false;        ///< made from another: a view, or a twin, as its card says. Never a yardstick
  int input = 0;               ///< equal for those that share their preprocessing
  std::string derived_from{};  ///< the candidate that it was made from, of a view the same in no view; empty: of none
};

struct OutcomeImage {
  std::string key;
  int label = 0;
  double weight = 1;     ///< 0 … kMostWeight
  std::string split;     ///< "test" and "certify" are never learned from, "fit" is never judged on; empty: any part
  std::string sha256{};  ///< of its content; empty where that is not known
  /// A candidate was calibrated on it, or on one of its group: it is learned from, and has no part in what chooses
  /// either. Its split is "fit".
  bool fit_only = false;
};

/// Images that were joined to groups as near duplicates.
struct JoinedImages {
  std::size_t images = 0;
  std::size_t pictures = 0;  ///< the groups
};

/// Positions of images.
using Rows = std::span<const std::size_t>;

/// Indices: c for candidates, i for images, f for features. Every candidate answered at least one image. An adapter
/// (profile/table.h, outcomes/outcomes_csv.h) or a test fills the arrays; read-only from then on, and safe to share
/// between threads. A source may tell less: without log-probabilities answers cannot be pooled, and each candidate's
/// own is right or wrong. Then there is one class, "right", of which all images are (policy/policy.h, kOwnAnswers).
class Outcomes {
 public:
  static constexpr std::uint16_t kNoRank = 0xFFFF;  ///< the candidate gave no answer

  std::string source;       ///< for messages: the file that it came from
  std::string data_sha256;  ///< of what it tells: the same data gives the same hash
  std::vector<std::string> labels;
  std::vector<OutcomeCandidate> candidates;
  std::vector<OutcomeImage> images;
  std::vector<int> groups;  ///< by image: those of one group are never on both sides of a split
  JoinedImages joined;      ///< into those groups
  std::vector<std::string> feature_names;
  int feature_code_version = 0;

  std::vector<std::uint16_t> log_probs;   ///< [c][i][class], float16; uniform where there is no answer; or none at all
  std::vector<std::uint16_t> ranks;       ///< [c][i]: of the true label, or kNoRank
  std::vector<std::int32_t> top_classes;  ///< [c][i]; −1 where there is no answer
  std::vector<float> utilities;           ///< [c][i], 0 … 1: what the answer is worth; or none: 1 where it is right
  std::vector<float> confidences;    ///< [c][i], 0 … 1: how sure, where log_probs do not say; NaN: not told; or none
  std::vector<float> preprocess_ms;  ///< [c][i]; where there is no answer the mean of the others
  std::vector<float> inference_ms;   ///< [c][i]; likewise
  std::vector<char> stands_in;       ///< [c][i]: inference_ms is a mean of others
  std::vector<float> features;       ///< [i][f]
  std::vector<std::pair<std::string, double>> feature_costs_ms;  ///< features and shared stages, by name
  std::vector<double> mean_preprocess_ms;                        ///< [c]
  std::vector<double> mean_inference_ms;                         ///< [c]
  std::vector<double> after_factors;  ///< [c]: time after another candidate by time warm, at least 1
  std::vector<char> has_after_runs;   ///< [c]: whether that was measured

  int classes() const { return static_cast<int>(labels.size()); }
  std::size_t candidate_count() const { return candidates.size(); }
  std::size_t image_count() const { return images.size(); }

  /// Whether candidate c gave no answer for image i. Then its output stands as the uniform distribution, which says
  /// nothing, it is never right, its top class is −1, and its times are the means of its other runs.
  bool Failed(std::size_t c, std::size_t i) const { return ranks[At(c, i)] == kNoRank; }
  /// Whether log-probabilities are known: what answers are pooled from. A source that has them knows classes first.
  bool HasOutputs() const { return classes() > kOwnAnswers; }
  /// Whether some candidate says how sure it is: what there is to stop by.
  bool HasConfidences() const;
  /// Canonical output of candidate c on image i into out[classes()]; where there are no log-probabilities, how sure it
  /// is of its own answer (CanonicalConfidence; of one that does not tell, as sure as not).
  void LogProbsOf(std::size_t c, std::size_t i, std::span<float> out) const;
  /// Rank of the true label among candidate c's classes: 0 when its top-1 is right.
  int Rank(std::size_t c, std::size_t i) const { return ranks[At(c, i)]; }
  bool Right(std::size_t c, std::size_t i, int top = 1) const { return Rank(c, i) < top; }
  /// What candidate c's answer on image i is worth, 0 … 1: its utility, or 1 where it is right.
  double UtilityOf(std::size_t c, std::size_t i, int top = 1) const {
    return utilities.empty() ? (Right(c, i, top) ? 1 : 0) : static_cast<double>(utilities[At(c, i)]);
  }
  /// How sure candidate c was of its answer, by image: its highest probability, or what the source tells; empty where
  /// it tells nothing of c.
  std::vector<float> ConfidencesOf(std::size_t c, Rows rows) const;
  /// Whether what answers are worth lies between 0 and 1 somewhere.
  bool HasPartialUtilities() const;
  /// By how much the most probable class of candidate c is above the second, by image; empty where there are no
  /// outputs.
  std::vector<float> MarginsOf(std::size_t c, Rows rows) const;
  /// The class that candidate c answers; −1 where it failed or where that is not known.
  int TopClassOf(std::size_t c, std::size_t i) const { return top_classes[At(c, i)]; }
  /// SHA-256 of image i's content; where that is not known, of what names it.
  std::string ContentSha256(std::size_t i) const;
  std::span<const float> Features(std::size_t i) const {
    return {features.data() + i * feature_names.size(), feature_names.size()};
  }

  double PreprocessMs(std::size_t c, std::size_t i) const { return preprocess_ms[At(c, i)]; }
  double InferenceMs(std::size_t c, std::size_t i) const { return inference_ms[At(c, i)]; }
  /// What it is expected to take right after another candidate, which leaves cold caches; never less than InferenceMs.
  double InferenceAfterMs(std::size_t c, std::size_t i) const { return InferenceMs(c, i) * after_factors[c]; }
  double ColdStartMs(std::size_t c, std::size_t i) const { return InferenceAfterMs(c, i) - InferenceMs(c, i); }

  /// Mean preprocessing, inference, and their sum for candidate c, over all images: what plans are made with.
  double MeanPreprocessMs(std::size_t c) const { return mean_preprocess_ms[c]; }
  double MeanInferenceMs(std::size_t c) const { return mean_inference_ms[c]; }
  double MeanInferenceAfterMs(std::size_t c) const { return mean_inference_ms[c] * after_factors[c]; }
  double MeanCostMs(std::size_t c) const { return MeanPreprocessMs(c) + MeanInferenceMs(c); }
  /// Whether MeanInferenceAfterMs was measured; where not, it is that of a warm run.
  bool HasAfterRuns(std::size_t c) const { return has_after_runs[c] != 0; }
  /// Of every candidate.
  bool HasAfterRuns() const {
    return std::all_of(has_after_runs.begin(), has_after_runs.end(), [](char one) { return one != 0; });
  }
  /// Inference time that `share` of the images stay below, of those where it did not fail and was not disturbed.
  double InferenceQuantileMs(std::size_t c, double share) const;

  /// What candidate c adds to a path, in milliseconds: in the mean, and for image i as it was recorded.
  StepCost MeanStep(std::size_t c) const {
    return {MeanInferenceMs(c), MeanPreprocessMs(c), candidates[c].input, MeanInferenceAfterMs(c)};
  }
  StepCost StepOn(std::size_t c, std::size_t i) const {
    return {InferenceMs(c, i), PreprocessMs(c, i), candidates[c].input, InferenceAfterMs(c, i)};
  }
  /// Mean time of an image on which these candidates run (policy/path_cost.h), and that of image i.
  double MeanPathMs(std::span<const std::size_t> path, bool begins_warm = true) const {
    return TimeOfPath(path, begins_warm, [&](std::size_t c) { return MeanStep(c); });
  }
  double PathMs(std::span<const std::size_t> path, std::size_t i, bool begins_warm = true) const {
    return TimeOfPath(path, begins_warm, [&](std::size_t c) { return StepOn(c, i); });
  }

  /// The values of the feature DNN, in their order.
  std::vector<std::string> DnnFeatures() const;
  /// Mean cost of extracting just these features: their own work and the shared stages that they need, of a feature
  /// DNN its run.
  double FeaturesCostMs(const std::vector<std::string>& names) const;

 private:
  std::size_t At(std::size_t c, std::size_t i) const { return c * images.size() + i; }
};

/// All of them, in order.
std::vector<std::size_t> AllRows(const Outcomes& outcomes);

/// Of all rows those that may be judged on, all but those of split fit; and of the others those that may be learned
/// from meanwhile: they share no group with what is judged on.
std::vector<std::size_t> JudgedRows(const Outcomes& outcomes);
std::vector<std::size_t> FitRows(const Outcomes& outcomes);

/// Rows that are learned from, by what for.
struct LearningRows {
  std::vector<std::size_t> choose;  ///< what fits and what chooses among what was fitted
  std::vector<std::size_t> fit;     ///< what fits alone: fit_only
};
LearningRows ForLearning(const Outcomes& outcomes, Rows rows);

/// By row: what each image counts for, and its group.
std::vector<double> WeightsOf(const Outcomes& outcomes, Rows rows);
std::vector<int> GroupsOf(const Outcomes& outcomes, Rows rows);

/// The same images with these candidates alone, in this order.
Outcomes WithCandidates(const Outcomes& outcomes, std::span<const std::size_t> candidates);

/// Positions of all candidates, in order.
std::vector<std::size_t> AllCandidates(const Outcomes& outcomes);

/// The rows at these positions.
std::vector<std::size_t> RowsAt(Rows rows, std::span<const std::size_t> positions);

}  // namespace amsel
