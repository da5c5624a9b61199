// What measures energy: one small interface for counters (RAPL) and for power that is sampled and summed up.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "amsel/result.h"
#include "base/clock.h"

namespace amsel {

/// What a meter is, in words that stand beside each of its figures.
struct MeterInfo {
  std::string name;    ///< what `--energy` calls it: rapl, ina3221, hwmon2/power1, battery
  std::string source;  ///< what it covers: "RAPL (package-0, package-0/dram)"
  std::string how;     ///< how it is read: "counter", or "power sampled 20 times a second"
};

/// Energy since the meter was started. One thread at a time.
class EnergyMeter {
 public:
  virtual ~EnergyMeter() = default;

  virtual const MeterInfo& info() const = 0;

  /// Joules since the start. An error (a sensor that vanished, garbage, a battery that is charged now) stays: what was
  /// missed cannot be made good.
  virtual Result<double> Joules() = 0;

  /// Share of the time that this meter itself has spent reading sensors so far; 0 for counters.
  virtual double SamplingOverhead() { return 0; }
};

/// A meter that was found and can be read.
struct FoundMeter {
  MeterInfo info;
  /// Starts it. `clock` must outlive the meter.
  std::function<Result<std::unique_ptr<EnergyMeter>>(const Clock& clock)> start;
};

}  // namespace amsel
