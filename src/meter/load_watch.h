// How much other programs disturb a measurement.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "meter/sysfs.h"

namespace amsel {

/// Processor time used by others than this process, between calls. Reads /proc/stat and /proc/self/stat.
class LoadWatch {
 public:
  /// `clock` must outlive the watch.
  LoadWatch(std::shared_ptr<const Sysfs> sysfs, const Clock& clock) : sysfs_(std::move(sysfs)), clock_(&clock) {}

  /// Begins anew.
  Status Start();

  /// Seconds of processor time that others used since Start, per second that passed: 0.05 is 5 % of one processor.
  /// Where less was used than this process alone says it used (both are counted in ticks), 0.
  Result<double> OtherLoad() const;

 private:
  struct Times {
    double busy_s = 0;
    double own_s = 0;
    Nanoseconds at{0};
  };
  Result<Times> Read() const;

  std::shared_ptr<const Sysfs> sysfs_;
  const Clock* clock_;
  Times start_;
};

}  // namespace amsel
