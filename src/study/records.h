// What every policy of a study did, image by image, and the sections that are made of it.
#pragma once

#include <string>
#include <vector>

#include "study/study.h"

namespace amsel {

/// One row of the evaluation that a policy stands behind.
struct PolicyRecord {
  std::string policy;
  std::string row;      ///< its name in the evaluation
  bool staged = false;  ///< may run more than one candidate
  std::vector<SimulatedRun> runs;
};

struct StudyRecord {
  const ProfileTable* table = nullptr;
  const StudyOptions* options = nullptr;
  std::vector<std::size_t> rows;  ///< all images
  Evaluation evaluation;
  std::vector<PolicyRecord> policies;  ///< without adapted singles
  std::vector<int> cheapest_right;     ///< per image, of all candidates; −1: none is right
  std::size_t single_best = 0;

  const std::vector<double>& weights() const { return evaluation.images.weights; }
  const std::vector<int>& groups() const { return evaluation.images.groups; }
  const RowSamples& Row(const std::string& name) const;
  std::string NameOf(std::size_t c) const { return table->candidates[c].name; }
  /// The policy of the headline, and the most accurate premodel that reads features; null where there is none.
  const PolicyRecord* Headline() const;
  const PolicyRecord* BestPremodel() const;
  /// These two, one where they are the same.
  std::vector<const PolicyRecord*> Leading() const;
};

/// Algorithm 1 step by step, on all images.
Json PortfolioSection(const StudyRecord& record);
/// All policies against their nulls, as choices and as answers.
Json PoliciesSection(const StudyRecord& record);
/// Where the time goes.
Json OverheadSection(const StudyRecord& record);
/// Cheapest right against chosen, confidence against truth, and class by class.
Json AnswersSection(const StudyRecord& record);
/// The images that policies got wrong although most candidates were right.
Json WorstSection(const StudyRecord& record);
/// Correlation, importance and number of image features.
Json FeaturesSection(const StudyRecord& record);
/// How results depend on what was chosen by hand. `progress` is told after each point of a curve.
Json SensitivitySection(const StudyRecord& record, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace amsel
