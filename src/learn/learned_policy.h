// A policy fresh from a learner, with the profile's candidates that it speaks of.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bundle/point_names.h"
#include "learn/labels.h"
#include "policy/policy.h"

namespace amsel {

/// The rank of the true label where there is no answer: never right, however many classes are looked at.
inline constexpr int kNoAnswer = std::numeric_limits<int>::max();

/// What a policy did with one image of a profile, from recorded answers and times.
struct SimulatedRun {
  std::vector<std::size_t> path;    ///< candidates of the table, in order; those that failed too
  int predicted = -1;               ///< −1: no answer, or one of a kind that the table does not know
  int rank = 0;                     ///< of the true label in the answer's distribution; kNoAnswer without one
  double features_ms = 0;           ///< part of latency_ms
  double latency_ms = 0;            ///< features, decisions, preprocessing once per shared key, inference
  double deciding_ms = 0;           ///< decisions as clocked: part of latency_ms
  double probability = 0;           ///< that the policy gives its answer, an answer withheld included
  bool begins_warm = true;          ///< whoever answers alone is charged warm: Policy::BeginsWithOne
  std::optional<double> utility{};  ///< what an answer is worth that is a candidate's own; of others `rank` tells

  /// What the answer is worth, 0 … 1, where the label may be among its first `top` classes.
  double Worth(int top = 1) const { return utility ? *utility : rank < top ? 1 : 0; }
};

/// What came nearest to the single best in clearly less time, chosen and judged on the same images.
struct NearMiss {
  std::string stages;     ///< names of candidates: "a > b or c"
  double gain = 0;        ///< planned accuracy less the single best's
  double gain_error = 0;  ///< one standard error of that
  double speed = 1;       ///< planned time of the single best by its own
};

struct LearnedPolicy {
  std::shared_ptr<const Policy> policy;
  std::vector<std::size_t> candidates;  ///< position in the table of each of the policy's candidates
  /// Per operating point and training row that may choose (ForLearning), what it did with parts that had not seen the
  /// row, where the learner knows (predicted is −1); else empty.
  std::vector<std::vector<SimulatedRun>> cross_fitted{};
  std::optional<NearMiss> near_miss{};  ///< where the learner looks for cascades
};

/// Learns from some rows of a table; must look at no others.
using Learner = std::function<LearnedPolicy(const Outcomes& table, Rows rows)>;

}  // namespace amsel
