// Under what conditions a bundle was clocked, for its results.
#pragma once

#include <string>
#include <vector>

#include "backend/backends.h"
#include "evaluate/results.h"
#include "meter/blocks.h"

namespace amsel {

/// How energy was measured on so many images.
Json EnergyConditions(const EnergyReport& report, std::size_t images);

/// "onnxruntime 1.32.0", each back end once.
std::string BackendsText(const std::vector<Placement>& placements);

/// Of a candidate; at least 1.
int MostThreads(const std::vector<Placement>& placements);

}  // namespace amsel
