#include "base/resident_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace amsel {

std::int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

void ReturnLargeBlocksAtOnce() {
  constexpr int kBlock = 128 << 10;  // glibc's own first threshold, which it raises unless it is set
  mallopt(M_MMAP_THRESHOLD, kBlock);
}

void ReturnFreedMemory() {
  malloc_trim(0);
}

}  // namespace amsel
