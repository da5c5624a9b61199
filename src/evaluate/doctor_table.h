// What `amsel doctor` looks at: what every candidate did with every image, from a profile or from a bare table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "learn/labels.h"
#include "profile/table.h"

namespace amsel {

/// Candidates whose costs differ by less may have traded places from one measurement to the next.
inline constexpr double kAlikeCost = 1.05;

/// Outputs of the candidates, where there are any: what pooled answers are made from.
struct DoctorOutputs {
  int classes = 0;
  int top = 1;
  /// Log-probabilities of candidate c on image i into out[classes].
  std::function<void(std::size_t c, std::size_t i, std::span<float> out)> log_probs;
};

/// Indices: c for candidates, i for images, f for features. Read-only once made.
struct DoctorTable {
  Json source;
  EvaluatedImages images;                      ///< labels: by what folds are stratified
  std::vector<RowSamples> singles;             ///< by candidate; `right` in [0, 1], a utility where it is not 0 or 1
  std::vector<bool> is_view;                   ///< by candidate: made from another
  std::vector<StepCost> costs;                 ///< by candidate, mean milliseconds
  std::vector<std::vector<float>> confidence;  ///< [c][i], in [0, 1]; [c] empty where c tells none
  std::vector<std::vector<float>> margin;      ///< [c][i]: most probable less second; [c] empty where it is not known
  std::vector<std::string> feature_names;
  std::vector<float> features;                 ///< [i × feature_names.size()]
  std::vector<std::size_t> premodel_features;  ///< those that premodels read; their joint cost is small
  double premodel_features_ms = 0;
  DoctorOutputs outputs;  ///< `classes` 0: none

  std::size_t image_count() const { return images.weights.size(); }
  std::size_t candidate_count() const { return singles.size(); }
  double CostMs(std::size_t c) const { return costs[c].run + costs[c].prepare; }
  /// Where images run one candidate or another, so that caches are cold.
  double ChosenCostMs(std::size_t c) const { return costs[c].Run(false) + costs[c].prepare; }
};

/// From a profile, which must outlive it. An answer is right when the label is among its first `top` classes. At most
/// `most_images` images, whole groups of them, drawn by `seed` and class.
DoctorTable OutcomesOfProfile(const ProfileTable& table, int top, std::size_t most_images, std::uint64_t seed);

/// The most accurate candidate as it came, not a view that amsel made of one (unless all are views); the cheapest of
/// equals.
std::size_t SingleBest(const DoctorTable& table);
/// The same on some images alone.
std::size_t SingleBest(const DoctorTable& table, Rows rows);

/// The most accurate of the candidates that cost at most a twentieth more than the cheapest, preferably no view.
std::size_t Cheapest(const DoctorTable& table);

}  // namespace amsel
