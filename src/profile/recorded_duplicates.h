// Which images of a profile are near duplicates (profile/duplicates.h), found once and kept in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "profile/store.h"

namespace amsel {

/// What near duplicates are found by, per input, in the order of ids.
struct DuplicateInputs {
  std::vector<std::int64_t> ids;
  std::vector<int> labels;
  std::vector<std::string> groups;
  std::vector<std::string> thumbnails;
};

/// NearDuplicates of them: as recorded, where that was found by today's rule and from the same inputs; else found anew.
Result<std::vector<std::size_t>> NearDuplicatesOf(ProfileStore& store, const DuplicateInputs& inputs);

/// Records them for all inputs that the profile has now. `store` must be open for writing.
Status RecordNearDuplicates(ProfileStore& store);

}  // namespace amsel
