// Which energy meters this device has, and why it has not the others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "meter/energy_meter.h"
#include "meter/sysfs.h"

namespace amsel {

/// A kind of meter that cannot be used here.
struct MissingMeter {
  std::string name;  ///< rapl, ina3221, hwmon, battery; or that of the one that was found and cannot be read
  std::string why;   ///< names the file; where permission is missing, says how to give it
};

struct Discovery {
  std::vector<FoundMeter> found;  ///< what `--energy auto` would take comes first
  std::vector<MissingMeter> missing;
};

/// Looks for RAPL, INA3221, other hwmon power sensors and batteries, and reads each once. Meters keep `sysfs`.
Discovery FindMeters(const std::shared_ptr<const Sysfs>& sysfs);

/// The parts of FindMeters, one a kind; each adds what it finds.
void FindRapl(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery);
void FindIna3221(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery);
void FindHwmon(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery);
void FindBattery(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery);

/// The meter of that name, or the first for "auto", started. Error where there is none: says what there is, and why not
/// the others.
Result<std::unique_ptr<EnergyMeter>> StartMeter(const Discovery& discovery, const std::string& name,
                                                const Clock& clock);

}  // namespace amsel
