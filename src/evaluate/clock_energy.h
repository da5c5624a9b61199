// Energy of each row, in blocks that alternate, after the clocking. Internal to ClockBundle.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "evaluate/contender.h"
#include "meter/blocks.h"

namespace amsel {

/// What came of it beside the rows' figures.
struct ClockedEnergy {
  Json conditions;                                           ///< how it was measured; null where it was not
  std::vector<std::pair<std::string, std::string>> without;  ///< row and reason
};

/// Gives the rows of `contenders` their energy, on images for which all of them answered.
Result<ClockedEnergy> MeasureRowEnergy(ClockBench& bench, EnergyInstruments instruments, std::uint64_t seed,
                                       std::vector<Contender>& contenders);

}  // namespace amsel
