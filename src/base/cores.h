// Which processor a thread runs on.
#pragma once

#include <vector>

#include "amsel/result.h"

namespace amsel {

/// Processors that the calling thread may run on, in order; empty where the system does not say.
std::vector<int> AllowedCores();

/// From now on the calling thread, and threads that it starts, run on processor `core` alone.
Status PinThisThread(int core);

}  // namespace amsel
