// At which size a profile's JPEGs are decoded: in one profile, and in what is learned from it, always by the same rule.
#pragma once

#include <optional>

#include "profile/store.h"

namespace amsel {

/// DecodeOptions::min_side for this run over `store`, and on record there: of a profile without images `asked`, or what
/// its candidates need; of one that has some, what these were decoded with. Error when that is not what was asked for,
/// or less than a candidate needs.
Result<int> SettleDecodeMinSide(ProfileStore& store, bool has_images, std::optional<int> asked, int needed);

}  // namespace amsel
