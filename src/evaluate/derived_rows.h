// Derived candidates (views of others, int8 twins) are no yardstick; the best of them alone stands beside it, so that
// selection is not credited with what a cheaper twin brings.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "learn/labels.h"

namespace amsel {

/// The row of the best derived candidate alone, as it came, and with its own head; their kinds are `derived-single` and
/// `adapted-derived-single`.
inline constexpr const char* kDerivedSingle = "derived single";
inline constexpr const char* kAdaptedDerivedSingle = "adapted derived single";

/// By row, the candidate that DerivedSingle names on the rows outside the row's fold; empty where there is none.
std::vector<std::size_t> ChosenDerived(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, int top);

/// One of the two rows, by name: on image i what `alone[chosen[i]]` did, which are rows of single candidates, as they
/// came or with their heads.
RowSamples DerivedRow(const std::string& name, std::span<const RowSamples> alone, std::span<const std::size_t> chosen,
                      const EvaluatedImages& images);

/// Adds to an evaluation that begins with all singles the row of one of them, if it is there.
void AddDerivedSingle(const std::string& candidate, Evaluation& evaluation);

}  // namespace amsel
