// What `amsel doctor` looks at: some images of a table, and what each candidate alone did with them.
#pragma once

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
  std::size_t best = 0;  ///< the single best on these images
};

/// `table` must outlive it.
Subject SubjectOf(const Outcomes& table, std::vector<std::size_t> rows, int top);

/// The most accurate of the candidates that cost at most a twentieth more than the cheapest, preferably no view.
std::size_t Cheapest(const Subject& subject);

/// By how much the most probable class of candidate c is above the second, [r]; empty where that is not known.
std::vector<float> MarginsOf(const Subject& subject, std::size_t c);

}  // namespace amsel
