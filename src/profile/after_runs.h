// What a run costs right after one of another candidate, which leaves cold caches.
#pragma once

#include <cstddef>
#include <vector>

#include "profile/block.h"
#include "profile/store.h"

namespace amsel {

/// How many such runs of each candidate a profile of so many images shall have.
std::size_t AfterRunsFor(std::size_t images);

/// Whether some candidate has fewer. None has to where all are views of one DNN: they share its memory on a device.
Result<bool> MissesAfterRuns(ProfileStore& store, const std::vector<ProfiledCandidate>& candidates, std::size_t wanted);

/// Adds those that are missing. Each is a candidate, another DNN, and the candidate again, on an image drawn at random,
/// as the other one is, by seed; that last run is timed, and a few runs in a row later one that is warm. They are
/// written about once a second. `images` must not be empty. What fails is passed over.
Status RecordAfterRuns(ProfileStore& store, std::vector<ProfiledCandidate>& candidates,
                       const std::vector<Image>& images, std::size_t wanted, const Clock& clock);

}  // namespace amsel
