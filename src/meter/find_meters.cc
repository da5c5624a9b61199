#include "meter/find_meters.h"

namespace amsel {

Discovery FindMeters(const std::shared_ptr<const Sysfs>& sysfs) {
  Discovery discovery;
  FindRapl(sysfs, discovery);
  FindIna3221(sysfs, discovery);
  FindHwmon(sysfs, discovery);
  FindBattery(sysfs, discovery);
  return discovery;
}

Result<std::unique_ptr<EnergyMeter>> StartMeter(const Discovery& discovery, const std::string& name,
                                                const Clock& clock) {
  std::string known;
  for (const FoundMeter& meter : discovery.found) {
    if (name == "auto" || name == meter.info.name) return meter.start(clock);
    known += (known.empty() ? "" : ", ") + meter.info.name;
  }
  if (!known.empty()) return UsageError("there is no energy meter `" + name + "` here; there is " + known);
  std::string why;
  for (const MissingMeter& missing : discovery.missing) why += "\n  " + missing.name + ": " + missing.why;
  return RuntimeFailure("no energy meter can be read here:" + why);
}

}  // namespace amsel
