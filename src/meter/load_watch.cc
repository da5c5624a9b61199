#include "meter/load_watch.h"

#include <unistd.h>

#include <algorithm>

#include "base/status_macros.h"

namespace amsel {

Result<LoadWatch::Times> LoadWatch::Read() const {
  const auto ticks = static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  Times times;
  times.at = clock_->Now();
  const std::optional<double> busy = ParseBusySeconds(sysfs_->Read("/proc/stat").text, ticks);
  const std::optional<double> own = ParseOwnSeconds(sysfs_->Read("/proc/self/stat").text, ticks);
  if (!busy || !own) {
    return RuntimeFailure(sysfs_->NameOf(busy ? "/proc/self/stat" : "/proc/stat") +
                          ": does not say how busy the processors are");
  }
  times.busy_s = *busy;
  times.own_s = *own;
  return times;
}

Status LoadWatch::Start() {
  AMSEL_ASSIGN_OR_RETURN(start_, Read());
  return {};
}

Result<double> LoadWatch::OtherLoad() const {
  AMSEL_ASSIGN_OR_RETURN(const Times now, Read());
  const double seconds = std::chrono::duration<double>(now.at - start_.at).count();
  const double others = (now.busy_s - start_.busy_s) - (now.own_s - start_.own_s);
  return seconds > 0 ? std::max(0.0, others) / seconds : 0;
}

}  // namespace amsel
