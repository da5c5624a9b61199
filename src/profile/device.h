// What machine this is and what this process takes of it (Linux, from /proc).
#pragma once

#include <cstdint>
#include <string>

namespace amsel {

/// The processor's model, or the board's; "unknown" where /proc does not say.
std::string DeviceName();

/// Resident memory of this process; 0 where /proc does not say.
std::int64_t ResidentBytes();

/// Runnable processes averaged over the last minute; −1 where /proc does not say.
double LoadAverage();

}  // namespace amsel
