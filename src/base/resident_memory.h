// What this process has of the machine's memory.
#pragma once

#include <cstdint>

namespace amsel {

/// Resident memory of this process (Linux, from /proc); 0 where /proc does not say.
std::int64_t ResidentBytes();

/// Gives the system back what has been freed and is still held for later use.
void ReturnFreedMemory();

}  // namespace amsel
