// Which features premodels are to read: what correlates with a better feature is left out, then those whose loss costs
// least, one after another.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "learn/learned_policy.h"

namespace amsel {

/// A feature left out before any was tried.
struct PrunedFeature {
  std::string name;
  std::string kept;      ///< the feature that it correlates with; empty where it is the same on all rows
  double pearson_r = 0;  ///< with that one
};

/// What premodels got right with a set of features, cross-validated.
struct SelectionStep {
  std::string removed;  ///< what the step before had more; empty in the first
  std::vector<std::string> features;
  double accuracy = 0;
  double standard_error = 0;  ///< of the accuracy, with rows clustered in groups
};

/// What leaving one feature out costs, while all others are there.
struct FeatureImportance {
  std::string name;
  double accuracy_lost = 0;   ///< negative: more was right without it
  double standard_error = 0;  ///< of that difference, paired by row
};

/// The whole course of a selection. The accuracies chose the sets that they stand beside: they compare sets, and are
/// somewhat too high as an estimate of what the chosen one will do.
struct FeatureSelection {
  std::vector<std::string> names;             ///< all that could be chosen
  std::vector<double> pearson_r;              ///< [names × names]; 0 beside a feature that is the same on all rows
  std::vector<PrunedFeature> pruned;          ///< in the order of `names`
  std::vector<FeatureImportance> importance;  ///< of those that were not pruned, in the order of `names`
  std::vector<SelectionStep> curve;           ///< from all of those down to one, and to none (the same choice for all)
  std::vector<std::string> chosen;            ///< at least one
};

/// Selects among options.selection.from, which the table must have, on `rows` alone. Deterministic.
///
/// Pruning goes through the features from the one that tells most on its own (the largest |r| with a candidate being
/// right more often than candidates are on the row) and leaves out those whose |r| with a kept one reaches
/// options.selection.correlation. Removal judges a set by a premodel that picks the candidate most often right among
/// the options.p_right_k nearest rows, whatever it costs, in options.inner_folds folds by group; of equal losses the
/// dearest feature goes. Chosen is the smallest set that gets no less right than the best one by more than a standard
/// error.
FeatureSelection SelectFeatures(const Outcomes& table, Rows rows, const LearnOptions& options);

/// A learner that is told its options with its rows.
using LearnerWithOptions = std::function<LearnedPolicy(const Outcomes& table, Rows rows, const LearnOptions& options)>;

/// A learner whose features are selected on the rows that it is given, where options.selection.from names any; else
/// `learn` with those of `options`. `dnn` stands for the values of the table's feature DNN.
Learner WithSelectedFeatures(LearnerWithOptions learn, const LearnOptions& options);

}  // namespace amsel
