// The staged policy in a policy file (docs/formats/policy.md).
#pragma once

#include <memory>
#include <string>

#include "amsel/result.h"
#include "base/json.h"
#include "base/tensor_file.h"
#include "policy/staged.h"

namespace amsel {

/// Reads back what StagedPolicy::Save wrote; `reader` is at the config. Checks every index and size: the file may come
/// from anywhere.
Result<std::unique_ptr<Policy>> ReadStaged(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                           const std::string& file);

}  // namespace amsel
