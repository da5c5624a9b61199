// A head: from the outputs of the candidates that ran to one calibrated answer distribution.
#pragma once

#include <span>
#include <vector>

#include "policy/policy.h"

namespace amsel {

/// How one candidate's log-probabilities x enter a head.
struct HeadMap {
  enum class Kind {
    kScalar,    ///< a · x, values [1]: a weight of logarithmic opinion pooling
    kDiagonal,  ///< a_k · x_k, values [classes]: vector scaling
    kFull,      ///< xᵀ A, values [classes × classes], row = class of x: multinomial regression
  };
  int slot = 0;  ///< whose output x is
  Kind kind = Kind::kScalar;
  std::vector<float> values;
};

/// z = bias + Σ map(x_slot), then log-softmax. Logarithmic opinion pools (Genest & Zidek 1986), vector scaling (Guo et
/// al. 2017) and multinomial regression on pooled outputs are all of this form. Of one class (kOwnAnswers) x is the
/// log-odds of what its slot says, its logarithm, and z are log-odds: Platt scaling (1999).
struct Head {
  std::vector<HeadMap> maps;
  std::vector<float> bias;  ///< [classes], or empty: zero

  /// Natural log-probabilities into out[classes]; inputs[m] is the output of the slot of maps[m]. Allocates nothing.
  void Apply(std::span<const LogProbs> inputs, std::span<float> out) const;
};

/// log p − log(1 − p) by log p; 1 − p counts as 2⁻²⁴ at least, so that it is finite.
float LogOdds(float log_p);

/// z − log Σ exp z, in place.
void LogSoftmax(std::span<float> z);

}  // namespace amsel
