// Whether an existing profile may be continued. Internal to the profiler.
#pragma once

#include <string>
#include <vector>

#include "profile/dataset.h"
#include "profile/profiler.h"
#include "profile/store.h"

namespace amsel {

/// "2/5" for the second of five.
std::string ShardText(const ProfileOptions& options);

/// A resumed profile must be of these images.
Status CheckSameImages(ProfileStore& store, const std::vector<LabelledImage>& images);

/// A resumed profile goes on with the shard that it is.
Status CheckSameShard(ProfileStore& store, const ProfileOptions& options);

/// What a run leaves that was killed while it made the file: a database without tables.
bool IsUnfinished(const std::string& file);

/// A profile without a single image is worth nothing, and would only be in the way of the next run.
void RemoveIfEmpty(const std::string& file);

}  // namespace amsel
