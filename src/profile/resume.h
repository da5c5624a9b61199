// What a profile says of the run that makes it, and whether an existing one may be continued. Internal to the profiler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profile/dataset.h"
#include "profile/profiler.h"
#include "profile/store.h"

namespace amsel {

/// "2/5" for the second of five.
std::string ShardText(const ProfileOptions& options);

/// Writes what the profile is made from, and that it is not complete.
Status DescribeRun(ProfileStore& store, const Zoo& zoo, const ProfileOptions& options);

/// A resumed profile must be of these images.
Status CheckSameImages(ProfileStore& store, const std::vector<LabelledImage>& images);

/// What is said of images, by their keys, whose bytes are not those on record: two contents under one name mix.
Error OthersThanRecorded(const std::string& file, const std::vector<std::string>& keys);

/// A resumed profile goes on with the shard that it is.
Status CheckSameShard(ProfileStore& store, const ProfileOptions& options);

/// The images on which no candidate failed, by id.
Result<std::vector<std::int64_t>> AnsweredByAll(ProfileStore& store);

/// Takes out of the profile, and of `known`, what is no longer in the zoo: only a candidate that failed on more than
/// half of its images may leave it, all else is a profile of another zoo.
Status DropRefused(ProfileStore& store, const Zoo& zoo, std::vector<StoredCandidate>& known);

/// Error of a run whose summary has candidates that failed on more than half of the images.
Status RefuseHopeless(const ProfileSummary& summary);

/// Removes what a run leaves that was killed while it made the file: a database without tables. Whether it did.
bool RemoveIfUnfinished(const std::string& file);

/// A profile without a single image is worth nothing, and would only be in the way of the next run.
void RemoveIfEmpty(const std::string& file);

}  // namespace amsel
