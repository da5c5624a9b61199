// Sensors of power on boards, through the kernel's hwmon interface (Documentation/hwmon/sysfs-interface.rst: in*_input
// in mV, curr*_input in mA, power*_input in µW). The INA3221 of NVIDIA's Jetson boards measures up to three rails a
// chip; where one of them feeds the whole module it alone is counted, since it contains the others.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "base/status_macros.h"
#include "meter/find_meters.h"
#include "meter/sampled_meter.h"

namespace amsel {
namespace {

constexpr const char* kIna3221 = "/sys/bus/i2c/drivers/ina3221";
constexpr const char* kHwmon = "/sys/class/hwmon";
constexpr int kRailsPerChip = 3;
constexpr std::array kWholeModule{"VDD_IN", "POM_5V_IN"};

struct Rail {
  std::string label;
  std::string volts_file;    ///< mV
  std::string amperes_file;  ///< mA
};

/// Volts times amperes, in W. A rail at rest may read a little below zero: the error of its offset.
Result<double> RailWatts(const Sysfs& sysfs, const Rail& rail) {
  constexpr double kWattsPerMicrowatt = 1e-6;
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t millivolts, sysfs.Count(rail.volts_file));
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t milliamperes, sysfs.Integer(rail.amperes_file));
  return static_cast<double>(millivolts) * static_cast<double>(milliamperes) * kWattsPerMicrowatt;
}

Result<double> SumSensorWatts(const Sysfs& sysfs, const std::vector<Rail>& rails) {
  double sum = 0;
  for (const Rail& rail : rails) {
    AMSEL_ASSIGN_OR_RETURN(const double watts, RailWatts(sysfs, rail));
    sum += watts;
  }
  return sum;
}

bool HasData(const Sysfs& sysfs, const std::string& file) {
  const int error = sysfs.Read(file).error;
  return error != ENOENT && error != ENODATA;
}

/// Rails of all chips. Channels beyond the third are sums that the driver makes; one that is labelled NC or nothing, is
/// disabled, or has no data, is not connected.
std::vector<Rail> Ina3221Rails(const Sysfs& sysfs) {
  std::vector<Rail> rails;
  for (const std::string& chip : sysfs.List(kIna3221)) {
    const std::string hwmons = std::string(kIna3221) + "/" + chip + "/hwmon";
    for (const std::string& hwmon : sysfs.List(hwmons)) {
      for (int channel = 1; channel <= kRailsPerChip; ++channel) {
        const std::string number = std::to_string(channel);
        const std::string voltage = hwmons + "/" + hwmon + "/in" + number;
        const std::string current = hwmons + "/" + hwmon + "/curr" + number + "_input";
        const std::string label = sysfs.Word(voltage + "_label").value_or(chip + " channel " + number);
        const bool connected = label != "NC" && !label.empty() && sysfs.Word(voltage + "_enable") != "0";
        if (connected && HasData(sysfs, current) && HasData(sysfs, voltage + "_input"))
          rails.push_back({label, voltage + "_input", current});
      }
    }
  }
  return rails;
}

std::string PermissionHint(const Sysfs& sysfs, const std::string& file) {
  const int error = sysfs.Read(file).error;
  const bool denied = error == EACCES || error == EPERM;
  return denied ? "; run amsel as root, or allow reading until the next start with `sudo chmod a+r " + file + "`" : "";
}

/// Adds a meter that is sampled, or why it cannot be.
void AddSampled(MeterInfo info, const SampledMeter::ReadWatts& read_watts, const std::string& hint,
                Discovery& discovery) {
  info.how = SamplingText(kSamplingPeriod);
  const Result<double> watts = read_watts();
  if (!watts.ok()) {
    discovery.missing.push_back({info.name, watts.error().message + hint});
    return;
  }
  discovery.found.push_back(
      {info, [info, read_watts](const Clock& clock) { return SampledMeter::Start(info, read_watts, clock); }});
}

}  // namespace

void FindIna3221(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery) {
  std::vector<Rail> rails = Ina3221Rails(*sysfs);
  if (rails.empty()) {
    discovery.missing.push_back(
        {"ina3221", sysfs->NameOf(kIna3221) + " has no rail (not a Jetson, or a kernel without this driver)"});
    return;
  }
  const auto whole = std::find_if(rails.begin(), rails.end(), [](const Rail& rail) {
    return std::find(kWholeModule.begin(), kWholeModule.end(), rail.label) != kWholeModule.end();
  });
  if (whole != rails.end()) rails = {Rail(*whole)};
  std::string source;
  std::string hint;
  for (const Rail& rail : rails) {
    source += (source.empty() ? "INA3221 (" : " + ") + rail.label;
    if (hint.empty()) hint = PermissionHint(*sysfs, rail.amperes_file);
  }
  AddSampled({"ina3221", source + ")", ""}, [sysfs, rails] { return SumSensorWatts(*sysfs, rails); }, hint, discovery);
}

void FindHwmon(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery) {
  const std::size_t before = discovery.found.size() + discovery.missing.size();
  for (const std::string& hwmon : sysfs->List(kHwmon)) {
    const std::string folder = std::string(kHwmon) + "/" + hwmon + "/";
    const std::string chip = sysfs->Word(folder + "name").value_or(hwmon);
    for (const std::string& entry : sysfs->List(folder)) {
      const std::size_t stem = entry.find("_input");
      if (!entry.starts_with("power") || stem == std::string::npos || entry.size() != stem + 6) continue;
      const std::string sensor = entry.substr(0, stem);
      const std::string file = folder + entry;
      const auto label = sysfs->Word(folder + sensor + "_label");
      const auto read_watts = [sysfs, file]() -> Result<double> {
        constexpr double kWattsPerMicrowatt = 1e-6;
        AMSEL_ASSIGN_OR_RETURN(const std::int64_t microwatts, sysfs->Count(file));
        return static_cast<double>(microwatts) * kWattsPerMicrowatt;
      };
      AddSampled({hwmon + "/" + sensor, "hwmon (" + chip + " " + label.value_or(sensor) + ")", ""}, read_watts,
                 PermissionHint(*sysfs, file), discovery);
    }
  }
  if (discovery.found.size() + discovery.missing.size() == before) {
    discovery.missing.push_back({"hwmon", sysfs->NameOf(kHwmon) + " has no power*_input"});
  }
}

}  // namespace amsel
