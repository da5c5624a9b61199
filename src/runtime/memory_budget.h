// What a budget of memory leaves to candidates, and what an operating point needs of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "runtime/candidate_store.h"

namespace amsel {

struct MemoryBudget {
  std::int64_t bytes = 0;  ///< that the process may have
  std::int64_t base = 0;   ///< that it has with no candidate loaded

  std::int64_t Allowance() const { return bytes > base ? bytes - base : 0; }
};

/// By candidate: the share of the point's inputs that run it. A bundle need not hold all that its paths name.
std::vector<double> CandidateShares(const Manifest& manifest, const ManifestPoint& point);

/// Usage error when none of the candidates with a share (of all, where none has one) fits; it names the least budget
/// that holds one.
Status CheckBudget(const MemoryBudget& budget, const CandidateStore& store, const std::string& point,
                   const std::vector<double>& shares);

}  // namespace amsel
