// Keeps the calling thread on one processor while something is clocked.
#pragma once

#include <sched.h>

namespace amsel {

/// Pins the calling thread to the processor it is on; the old affinity comes back at the end.
class PinnedCore {
 public:
  PinnedCore() : core_(sched_getcpu()) {
    pinned_ = core_ >= 0 && sched_getaffinity(0, sizeof old_, &old_) == 0;
    if (!pinned_) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(core_), &one);
    pinned_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  PinnedCore(const PinnedCore&) = delete;
  PinnedCore& operator=(const PinnedCore&) = delete;
  ~PinnedCore() {
    if (pinned_) sched_setaffinity(0, sizeof old_, &old_);
  }

  /// The processor; −1 where pinning failed.
  int core() const { return pinned_ ? core_ : -1; }

 private:
  int core_;
  bool pinned_ = false;
  cpu_set_t old_{};
};

}  // namespace amsel
