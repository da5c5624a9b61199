// Learns heads of one class (policy/policy.h, kOwnAnswers): how likely a candidate's own answer is right, by how sure
// it is of it.
#pragma once

#include <span>

#include "policy/head.h"

namespace amsel {

/// What a head of one class is learned from, by row.
struct OwnHeadData {
  std::span<const float> log_confidences;  ///< what the slot says
  std::span<const float> right;            ///< 0 … 1: what its answer was worth
  std::span<const double> weights;
};

/// The head over `slot` that maximises the weighted, penalised likelihood of `rows`, each as right as its worth says.
/// Deterministic.
Head FitOwnHead(const OwnHeadData& data, int slot, std::span<const std::size_t> rows);

}  // namespace amsel
