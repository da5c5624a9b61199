// What `amsel inspect` can look at besides zoos, bundles and DNNs: builds without profiles refuse them.
#pragma once

#include <string>

#include "amsel/result.h"

namespace amsel {

/// Describes a profile, for people or as JSON.
Result<std::string> DescribeProfile(const std::string& file, bool json);

}  // namespace amsel
