// The paper's training labels (§ "Training": for each image, the fastest candidate whose answer is right), and the
// figures of each candidate that they and the portfolio rest on.
#pragma once

#include <optional>
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

/// The derived candidate that stands beside the single best, so that nobody credits selection with what a cheaper twin
/// brings alone: of the derived ones among `among`, the cheapest whose accuracy on `rows` is within one standard error
/// (paired by image) of the most accurate's, as the efficient single is of all that came. Absent where none is derived,
/// or where all of the table are, which makes one of them the single best.
std::optional<std::size_t> DerivedSingle(const Outcomes& table, Rows rows, std::span<const std::size_t> among, int top);

/// Per row, the position within `among` of the cheapest candidate that is right; −1 where none is. Costs within
/// options.tie_tolerance of the cheapest are ties, broken by accuracy on `rows`, then by name.
std::vector<int> CheapestRight(const Outcomes& table, Rows rows, std::span<const std::size_t> among,
                               const LearnOptions& options);

}  // namespace amsel
