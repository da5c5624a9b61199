// Profiles of shards, made on one or many machines, into one.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// Writes `output` from complete profiles of shards of the same images and the same candidates. Refused: an existing
/// output, other candidates, an image that stands in two shards, a shard that is missing.
Status MergeProfiles(const std::vector<std::string>& shards, const std::string& output);

}  // namespace amsel
