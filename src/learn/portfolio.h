// Which candidates to keep: the paper's Algorithm 1 (§ "Model selection").
#pragma once

#include <vector>

#include "learn/labels.h"

namespace amsel {

struct PortfolioStep {
  std::size_t candidate = 0;
  double coverage = 0;  ///< weighted share of the rows on which some chosen candidate is right, this one included
};

/// Starts with the candidate that is the label of most rows, then adds the one that most raises coverage, until the
/// gain is below options.theta or there are options.most_candidates. Ties go to the cheaper, then by name. Never empty.
std::vector<PortfolioStep> SelectPortfolio(const Outcomes& table, Rows rows, const LearnOptions& options);

}  // namespace amsel
