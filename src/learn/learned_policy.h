// A policy fresh from a learner, with the profile's candidates that it speaks of.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "amsel/policy.h"
#include "learn/labels.h"

namespace amsel {

struct LearnedPolicy {
  std::shared_ptr<const Policy> policy;
  std::vector<std::size_t> candidates;  ///< position in the table of each of the policy's candidates
};

/// Learns from some rows of a table; must look at no others.
using Learner = std::function<LearnedPolicy(const ProfileTable& table, Rows rows)>;

}  // namespace amsel
