// Energy of the candidates of a profile. Internal to the profiler.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "amsel/image.h"
#include "profile/block.h"
#include "profile/store.h"

namespace amsel {

/// Measures each candidate by blocks, preprocessing and inference of `images` in turn, and records what came out for
/// its configuration; where nothing could be measured, estimates by the power model, if there is one. Gives the names
/// of candidates that nothing was recorded of, with the reason; what an earlier run recorded of these is removed.
/// `images` must not be empty.
Result<std::vector<std::pair<std::string, std::string>>> RecordEnergy(ProfileStore& store,
                                                                      std::vector<ProfiledCandidate>& candidates,
                                                                      const std::vector<Image>& images,
                                                                      EnergyInstruments& instruments,
                                                                      const Clock& clock);

}  // namespace amsel
