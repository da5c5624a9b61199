// What an operating point may run by its own plan, without failures, deadlines or budgets.
#pragma once

#include <functional>
#include <vector>

#include "amsel/policy.h"

namespace amsel {

/// The candidates that some image may make it run. All, where the kind of policy does not tell.
CandidateSet ReachedAt(const Policy& policy, int point);

/// The dearest that one image can be: any member of each slot down the dearest branch of a staged policy, the dearest
/// candidate of a policy that decides once; features where the way to it may read them. `cost` is by candidate.
double DearestPath(const Policy& policy, int point, const std::vector<double>& cost, double features_cost);

/// Whether an image that ends after `stages` candidates at `point` may have needed features.
bool ReadsFeaturesWithin(const Policy& policy, int point, std::size_t stages);

}  // namespace amsel
