// Policies as tensor files: docs/formats/policy.md.
#pragma once

#include <memory>
#include <string>

#include "amsel/result.h"
#include "base/json.h"
#include "base/tensor_file.h"
#include "policy/policy.h"

namespace amsel {

/// What policies save themselves into.
struct PolicyRecord {
  Json config;
  TensorFile file;
};

/// Everything the policy knows. Programmer error for a policy of a kind that has no format.
TensorFile PolicyToTensorFile(const Policy& policy);

/// The policy back; errors name `file`. Checks every index and size, so that a policy from an untrusted file is safe.
Result<std::unique_ptr<Policy>> PolicyFromTensorFile(const TensorFile& content, const std::string& file);

}  // namespace amsel
