// The paper's training labels (§ "Training": for each image, the fastest candidate whose answer is right), and the
// figures of each candidate that they and the portfolio rest on.
#pragma once

#include <span>
#include <vector>

#include "learn/options.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// Weighted mean over `rows` of what each candidate's answers are worth: the share that is right. By candidate.
std::vector<double> Accuracies(const Outcomes& table, Rows rows, int top);

/// Candidates ordered from the most to the least accurate on `rows`; equals by cost, then name.
std::vector<std::size_t> ByCapability(const Outcomes& table, Rows rows, int top);

/// The single best: the most accurate candidate as it came, not a view that amsel made of one (unless all are views).
std::size_t SingleBest(const Outcomes& table, Rows rows, int top);

/// Per row, the position within `among` of the cheapest candidate that is right; −1 where none is. Costs within
/// options.tie_tolerance of the cheapest are ties, broken by accuracy on `rows`, then by name.
std::vector<int> CheapestRight(const Outcomes& table, Rows rows, std::span<const std::size_t> among,
                               const LearnOptions& options);

}  // namespace amsel
