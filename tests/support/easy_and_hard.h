// Outcomes of which one can say by hand what stopping on confidence does.
#pragma once

#include <algorithm>

#include "tests/support/made_up_outcomes.h"

namespace amsel {

/// Whether the image is one of the three in four that are easy.
inline bool IsEasy(std::size_t i) {
  return i / 6 % 4 != 0;
}

/// `small` (1 ms) is right on the easy images, and sure of itself there alone; `large` (4 ms) is right and sure on all.
/// Three classes.
inline Outcomes SureWhereRight(std::size_t images) {
  constexpr std::ptrdiff_t kClasses = 3;
  const auto rank = [](std::size_t i) { return IsEasy(i) ? 0 : 1; };
  Outcomes made = MadeUpOutcomes(images, kClasses)
                      .Add("small", 1, rank, 0.9)
                      .Add(
                          "large", 4, [](std::size_t) { return 0; }, 0.9)
                      .made();
  const Outcomes unsure = MadeUpOutcomes(images, kClasses).Add("small", 1, rank, 0.4).made();
  for (std::size_t i = 0; i < images; ++i) {
    const std::ptrdiff_t at = kClasses * static_cast<std::ptrdiff_t>(i);
    if (!IsEasy(i)) std::copy_n(unsure.log_probs.begin() + at, kClasses, made.log_probs.begin() + at);
  }
  return made;
}

}  // namespace amsel
