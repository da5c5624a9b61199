// The battery's own gauge (Documentation/ABI/testing/sysfs-class-power: power_now in µW, voltage_now in µV, current_now
// in µA, energy_now in µWh). Power is preferred to energy_now, whose steps are often of 10 mWh, 36 J: more than a block
// takes. A battery tells what the device takes only while it is discharging.
#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/status_macros.h"
#include "meter/find_meters.h"
#include "meter/sampled_meter.h"

namespace amsel {
namespace {

constexpr const char* kSupplies = "/sys/class/power_supply";

/// Those that the device draws on now. Error where there is none, or one is being charged.
Result<std::vector<std::string>> Discharging(const Sysfs& sysfs, const std::vector<std::string>& batteries) {
  std::vector<std::string> drawn;
  std::string why;
  bool charging = false;
  for (const std::string& battery : batteries) {
    const std::string status = sysfs.Word(battery + "/status").value_or("unknown");
    if (status == "Discharging") {
      drawn.push_back(battery);
    } else if (!charging) {
      charging = status == "Charging";
      why = sysfs.NameOf(battery) + ": its status is \"" + status + "\"";
    }
  }
  if (!drawn.empty() && !charging) return drawn;
  return RuntimeFailure(why +
                        "; a battery tells what the device takes only while it is discharging: unplug the charger");
}

bool Has(const Sysfs& sysfs, const std::string& file) {
  return sysfs.Read(file).error != ENOENT;
}

/// Some drivers give discharging a minus sign.
Result<double> BatteryWatts(const Sysfs& sysfs, const std::string& battery) {
  if (Has(sysfs, battery + "/power_now")) {
    AMSEL_ASSIGN_OR_RETURN(const std::int64_t microwatts, sysfs.Integer(battery + "/power_now"));
    return std::abs(static_cast<double>(microwatts)) * 1e-6;
  }
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t microvolts, sysfs.Count(battery + "/voltage_now"));
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t microamperes, sysfs.Integer(battery + "/current_now"));
  return std::abs(static_cast<double>(microvolts) * static_cast<double>(microamperes)) * 1e-12;
}

bool TellsPower(const Sysfs& sysfs, const std::string& battery) {
  return Has(sysfs, battery + "/power_now") ||
         (Has(sysfs, battery + "/voltage_now") && Has(sysfs, battery + "/current_now"));
}

/// Sum over batteries of what is left in them, in J.
Result<double> JoulesLeft(const Sysfs& sysfs, const std::vector<std::string>& batteries) {
  constexpr double kJoulesPerMicrowattHour = 3600e-6;
  AMSEL_RETURN_IF_ERROR(Discharging(sysfs, batteries));
  double sum = 0;
  for (const std::string& battery : batteries) {
    AMSEL_ASSIGN_OR_RETURN(const std::int64_t left, sysfs.Count(battery + "/energy_now"));
    sum += static_cast<double>(left) * kJoulesPerMicrowattHour;
  }
  return sum;
}

/// For gauges that tell only how much is left.
class GaugeMeter final : public EnergyMeter {
 public:
  GaugeMeter(MeterInfo info, std::shared_ptr<const Sysfs> sysfs, std::vector<std::string> batteries, double full)
      : info_(std::move(info)), sysfs_(std::move(sysfs)), batteries_(std::move(batteries)), start_joules_(full) {}

  const MeterInfo& info() const override { return info_; }

  Result<double> Joules() override {
    if (!fault_) {
      const Result<double> left = JoulesLeft(*sysfs_, batteries_);
      if (!left.ok()) fault_ = left.error();
      if (left.ok() && *left > start_joules_ - joules_) {
        fault_ = RuntimeFailure(sysfs_->NameOf(kSupplies) + ": the battery's energy grew while it was discharging");
      }
      if (left.ok()) joules_ = start_joules_ - *left;
    }
    if (fault_) return *fault_;
    return joules_;
  }

 private:
  MeterInfo info_;
  std::shared_ptr<const Sysfs> sysfs_;
  std::vector<std::string> batteries_;
  double start_joules_;
  double joules_ = 0;
  std::optional<Error> fault_;
};

Result<double> SumWatts(const Sysfs& sysfs, const std::vector<std::string>& batteries) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> drawn, Discharging(sysfs, batteries));
  double sum = 0;
  for (const std::string& battery : drawn) {
    AMSEL_ASSIGN_OR_RETURN(const double watts, BatteryWatts(sysfs, battery));
    sum += watts;
  }
  return sum;
}

}  // namespace

void FindBattery(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery) {
  std::vector<std::string> batteries;
  MeterInfo info{"battery", "", ""};
  for (const std::string& name : sysfs->List(kSupplies)) {
    if (!name.starts_with("BAT")) continue;
    batteries.push_back(std::string(kSupplies) + "/" + name);
    info.source += (info.source.empty() ? "battery (" : " + ") + name;
  }
  info.source += ")";
  if (batteries.empty()) {
    discovery.missing.push_back({info.name, sysfs->NameOf(kSupplies) + " has no BAT*"});
    return;
  }
  const bool power = std::all_of(batteries.begin(), batteries.end(),
                                 [&](const std::string& battery) { return TellsPower(*sysfs, battery); });
  const Result<double> reading = power ? SumWatts(*sysfs, batteries) : JoulesLeft(*sysfs, batteries);
  if (!reading.ok()) {
    discovery.missing.push_back({info.name, reading.error().message});
    return;
  }
  info.how = power ? SamplingText(kSamplingPeriod) : "gauge of what is left; its steps may be coarser than a block";
  discovery.found.push_back({info, [=](const Clock& clock) -> Result<std::unique_ptr<EnergyMeter>> {
                               if (power) {
                                 return SampledMeter::Start(info, [=] { return SumWatts(*sysfs, batteries); }, clock);
                               }
                               AMSEL_ASSIGN_OR_RETURN(const double full, JoulesLeft(*sysfs, batteries));
                               return std::unique_ptr<EnergyMeter>(
                                   std::make_unique<GaugeMeter>(info, sysfs, batteries, full));
                             }});
}

}  // namespace amsel
