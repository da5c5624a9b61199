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
Result<bool> MissesAfterRuns(ProfileStore& store, const std::vector<CostSubject>& subjects, std::size_t wanted);

/// Adds those that are missing: the candidates take turns in random order, by seed, each on an image drawn at random,
/// and what runs after another DNN is timed then, and a few runs in a row later, warm. They are written about once a
/// second. `images` must not be empty. A run that fails is passed over.
Status RecordAfterRuns(ProfileStore& store, const std::vector<CostSubject>& subjects, const std::vector<Image>& images,
                       std::size_t wanted, const Clock& clock);

}  // namespace amsel
