// What machine this is and how busy it is (Linux, from /proc).
#pragma once

#include <string>

namespace amsel {

/// The processor's model, or the board's; "unknown" where /proc does not say.
std::string DeviceName();

/// Runnable processes averaged over the last minute; −1 where /proc does not say.
double LoadAverage();

/// Whether this program runs as one for x86 processors.
bool IsX86();

/// Whether this processor is an x86 that adds products of 8-bit numbers in 32 bits (VNNI).
bool HasVnni();
/// The same of the text of /proc/cpuinfo.
bool ListsVnni(const std::string& cpuinfo);

}  // namespace amsel
