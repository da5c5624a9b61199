// What an operating point may run by its own plan, without failures, deadlines or budgets.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "amsel/policy.h"

namespace amsel {

/// The candidates that some image may make it run. All, where the kind of policy does not tell.
CandidateSet ReachedAt(const Policy& policy, int point);

/// What a candidate adds to an image's time.
struct StepCost {
  double run = 0;
  double prepare = 0;                 ///< of its input, unless one that ran before has prepared the same
  int input = 0;                      ///< equal where it is the same
  std::optional<double> run_after{};  ///< `run` right after another candidate; absent: the same
};

/// The dearest that one image can be: any member of each slot down the dearest branch of a staged policy, the dearest
/// candidate of a policy that decides once; features where the way to it may read them. `costs` are by candidate; one
/// that runs alone is warm where BeginsWithOne.
double DearestPath(const Policy& policy, int point, std::span<const StepCost> costs, double features_cost);

/// The candidate that answers every image as it comes at this point; kNoCandidate where more than one may run, a head
/// may change its answers, or the kind of policy does not tell.
CandidateId OnlyCandidateAt(const Policy& policy, int point);

/// Whether every image begins with the same candidate at this point: then it is warm where image after image ends with
/// it. Where images begin with one or another, the first of an image, too, runs after another candidate.
bool BeginsWithOne(const Policy& policy, int point);

/// Whether two points do the same with every image.
bool DecideAlike(const Policy& policy, int a, int b);

/// Whether an image that ends after `stages` candidates at `point` may have needed features.
bool ReadsFeaturesWithin(const Policy& policy, int point, std::size_t stages);

}  // namespace amsel
