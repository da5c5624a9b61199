// What a budget of memory leaves to candidates, and what an operating point needs of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "runtime/candidate_store.h"

namespace amsel {

/// By candidate: the share of the point's inputs that run it. A bundle need not hold all that its paths name.
std::vector<double> CandidateShares(const Manifest& manifest, const ManifestPoint& point);

/// Usage error where the store has a budget that holds none of the candidates with a share of the point's inputs (of
/// all, where none has one); it names the least that holds one.
Status CheckBudget(const CandidateStore& store, const ManifestPoint& point);

}  // namespace amsel
