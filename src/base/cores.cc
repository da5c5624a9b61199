#include "base/cores.h"

#include <sched.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace amsel {

std::vector<int> AllowedCores() {
  cpu_set_t allowed;
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<unsigned>(core), &allowed)) cores.push_back(core);
  }
  return cores;
}

Status PinThisThread(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  if (core >= 0 && core < CPU_SETSIZE) CPU_SET(static_cast<unsigned>(core), &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) return {};
  return RuntimeFailure("a thread cannot be kept on processor " + std::to_string(core) + ": " + std::strerror(errno));
}

}  // namespace amsel
