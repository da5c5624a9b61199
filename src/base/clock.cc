#include "base/clock.h"

#include <sys/resource.h>

#include <ctime>
#include <thread>

namespace amsel {

bool Clock::WaitUntil(Condition& /*condition*/, Mutex& mutex, Nanoseconds until) const {
  {
    const MutexUnlock meanwhile(mutex);
    std::this_thread::yield();
  }
  return Now() < until;
}

bool SteadyClock::WaitUntil(Condition& condition, Mutex& mutex, Nanoseconds until) const {
  return condition.WaitUntil(mutex, std::chrono::steady_clock::time_point(until));
}

std::optional<ProcessorUse> SteadyClock::Used() const {
  timespec time{};
  rusage usage{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0 || ::getrusage(RUSAGE_SELF, &usage) != 0) return {};
  return ProcessorUse{std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec), usage.ru_nivcsw};
}

}  // namespace amsel
