// The staged policy in a policy file (docs/formats/policy.md).
#pragma once

#include <memory>
#include <string>

#include "amsel/result.h"
#include "base/json.h"
#include "base/tensor_file.h"
#include "policy/staged.h"

namespace amsel {

/// Adds the plan to `config` and its numbers to `file`.
void PutStaged(const StagedPolicy& policy, Json& config, TensorFile& file);

/// Reads it back; `reader` is at the config. Checks every index and size: the file may come from anywhere.
Result<std::unique_ptr<Policy>> ReadStaged(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                           const std::string& file);

}  // namespace amsel
