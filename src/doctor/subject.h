// What `amsel doctor` looks at: some images of a table, and what each candidate alone did with them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// Candidates whose costs differ by less may have traded places from one measurement to the next.
inline constexpr double kAlikeCost = 1.05;

/// Indices: c for candidates of the table, r for positions in `rows`. Read-only once made.
struct Subject {
  const Outcomes& table;
  std::vector<std::size_t> rows;
  int top = 1;                        ///< an answer is right when the label is among its first `top` classes
  EvaluatedImages images;             ///< [r]
  std::vector<RowSamples> singles;    ///< [c], of [r]
  std::vector<std::string> features;  ///< those that premodels read; their joint cost is small
  double features_ms = 0;
  std::size_t best = 0;                  ///< the single best on these images
  std::optional<std::size_t> derived{};  ///< the best derived candidate (evaluate/derived_rows.h), where there is one
};

/// `table` must outlive it.
Subject SubjectOf(const Outcomes& table, std::vector<std::size_t> rows, int top);

/// Sets `derived`, chosen outside the folds; without them (empty: too few groups), on all rows.
void ChooseDerived(const std::vector<int>& fold_of, Subject& subject);

/// The most accurate of the candidates that cost at most a twentieth more than the cheapest, preferably no view.
std::size_t Cheapest(const Subject& subject);

}  // namespace amsel
