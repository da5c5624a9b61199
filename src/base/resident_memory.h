// What this process has of the machine's memory.
#pragma once

#include <cstdint>

namespace amsel {

/// Resident memory of this process (Linux, from /proc); 0 where /proc does not say.
std::int64_t ResidentBytes();

/// From now on blocks of 128 kB and more go back to the system as soon as they are freed, in the whole process: loading
/// a DNN then takes less for a moment, and leaves no holes. For programs to ask for, not libraries.
void ReturnLargeBlocksAtOnce();

/// Gives the system back what has been freed and is still held for later use.
void ReturnFreedMemory();

}  // namespace amsel
