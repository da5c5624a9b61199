// Derived candidates (views of others, int8 twins) are no yardstick; the best of them alone stands beside it, so that
// selection is not credited with what a cheaper twin brings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "learn/labels.h"

namespace amsel {

/// The rows of the best derived candidate alone, as it came and with its own head; their kinds are `derived-single` and
/// `adapted-derived-single`.
inline constexpr const char* kDerivedSingle = "derived single";
inline constexpr const char* kAdaptedDerivedSingle = "adapted derived single";

/// The candidate that DerivedSingle names on the rows outside most folds; of equals the cheapest. One for all images: a
/// fold's choice leans away from who does well in it, so a row made of all choices would look worse than any of them
/// is. Absent where nothing is derived, or all are.
std::optional<std::size_t> ChosenDerived(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, int top);

/// One of the two rows, by name: what `alone`, the row of a single candidate, did.
RowSamples DerivedRow(const std::string& name, RowSamples alone);

/// Adds to an evaluation that begins with all singles the row of one of them as it came, if it is there.
void AddDerivedSingle(const std::string& candidate, Evaluation& evaluation);

}  // namespace amsel
