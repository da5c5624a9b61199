// Learns heads (policy/head.h) from the outputs of candidates and the true classes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/head.h"

namespace amsel {

/// How rich a head is.
enum class HeadFamily {
  kPool,    ///< a weight per slot: weighted logarithmic pooling; for one slot, temperature scaling (Guo et al. 2017)
  kVector,  ///< a weight per slot and class, and a bias
  kMatrix,  ///< a matrix per slot, and a bias: multinomial regression
};

struct HeadOptions {
  HeadFamily family = HeadFamily::kPool;
  double ridge = 300;  ///< shrinks the richer families towards the pool: ½ · ridge · ‖A − pool‖²
};

/// What heads are learned from. Row r of slot s is outputs[s][r · classes …].
struct HeadData {
  int classes = 0;
  std::vector<std::span<const float>> outputs;  ///< per slot: log-probabilities [rows × classes]
  std::span<const int> labels;                  ///< per row
  std::span<const double> weights;              ///< per row
};

/// The head over `slots` (numbers of slots, parallel to data.outputs) that maximises the weighted, penalised likelihood
/// of `rows`. Deterministic.
Head FitHead(const HeadData& data, std::span<const int> slots, std::span<const std::size_t> rows,
             const HeadOptions& options);

}  // namespace amsel
