// Canonical outputs: the one function through which profiler and engine see what a candidate answers.
#pragma once

#include <span>

#include "amsel/result.h"
#include "card/card.h"

namespace amsel {

/// Log-probabilities are clamped here: e^−24 is below any probability that a profile can tell from zero.
inline constexpr float kLogProbFloor = -24.0F;

/// Whether an output of that kind may be one value that stands for two classes.
bool MayBeOneValue(OutputKind kind, int skip_leading_classes, std::size_t classes);

/// Raw output of a candidate [skip + classes], or one value for two classes (see OutputKind) → natural
/// log-probabilities [classes], clamped at −24 and rounded to float16. Leading classes are dropped before normalising.
/// Error when a value is not finite, when no probability is above zero, or when a sigmoid's value is no probability.
Status Canonicalize(std::span<const float> raw, OutputKind kind, int skip_leading_classes, std::span<float> log_probs);

/// How sure a candidate is of its own answer, 0 … 1, as policies see it where there are no classes: its natural
/// logarithm, clamped and rounded as above.
float CanonicalConfidence(float confidence);

/// The confidence of a candidate that tells none: as sure as not.
inline constexpr float kSaysNothing = 0.5F;

/// The most probable class; ties go to the lowest index, and what is no number is never more probable.
int TopClass(std::span<const float> log_probs);

/// Number of classes that stand before `label`: 0 when it is the top class. Ties go to the lowest index; a label
/// whose value is no number stands last.
int RankOf(std::span<const float> log_probs, int label);

}  // namespace amsel
