// Exact test and bound for how far one share of right answers is below another on the same images.
#pragma once

#include <cstdint>

namespace amsel {

/// Right answers of two who saw the same images.
struct PairedCounts {
  std::int64_t images = 0;
  std::int64_t only_first = 0;   ///< the first was right and the second was not
  std::int64_t only_second = 0;  ///< the other way round
};

/// The p-value of "the second's accuracy is at least `loss` below the first's": where it is at most `level` that may be
/// rejected, and is so by mistake with probability at most `level`, whatever the true shares (its maximum over these is
/// sought on a grid and closer around its peaks). −1 < loss < 1. 1 without images. Never below 1e-5.
double LossPValue(const PairedCounts& counts, double loss);

/// An upper bound on how far the second's accuracy is below the first's: a loss that may be rejected at `level`, the
/// least such but for 1/256 of the way there from the loss that was seen. 1e-5 < level < 1. 1 without images.
double LossUpperBound(const PairedCounts& counts, double level);

}  // namespace amsel
