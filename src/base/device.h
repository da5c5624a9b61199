// What machine this is and how busy it is (Linux, from /proc).
#pragma once

#include <string>

namespace amsel {

/// The processor's model, or the board's; "unknown" where /proc does not say.
std::string DeviceName();

/// Runnable processes averaged over the last minute; −1 where /proc does not say.
double LoadAverage();

}  // namespace amsel
