// Running Average Power Limit: energy counters of x86 processors, as the kernel's powercap framework shows them
// (Documentation/power/powercap/powercap.rst; zones /sys/class/powercap/intel-rapl:N with energy_uj in microjoules,
// which wraps around at max_energy_range_uj). Counted are the packages and their memory (dram): a package contains its
// sub-zones core and uncore but not dram, and psys contains all, so these others are left out.
#include <algorithm>
#include <cerrno>
#include <map>

#include "base/status_macros.h"
#include "meter/find_meters.h"

namespace amsel {
namespace {

constexpr const char* kPowercap = "/sys/class/powercap";

struct Zone {
  std::string folder;
  std::string label;
  std::int64_t range_uj = 0;  ///< where the counter wraps around; 0: not known
};

/// Reads counters and keeps the sum of their growth.
class RaplMeter final : public EnergyMeter {
 public:
  RaplMeter(MeterInfo info, std::shared_ptr<const Sysfs> sysfs, std::vector<Zone> zones)
      : info_(std::move(info)), sysfs_(std::move(sysfs)), zones_(std::move(zones)) {}

  Status Start() {
    for (const Zone& zone : zones_) {
      AMSEL_ASSIGN_OR_RETURN(const std::int64_t now, sysfs_->Count(zone.folder + "/energy_uj"));
      last_uj_.push_back(now);
    }
    return {};
  }

  const MeterInfo& info() const override { return info_; }

  Result<double> Joules() override {
    for (std::size_t z = 0; z < zones_.size() && !fault_; ++z) {
      const Status status = Advance(z);
      if (!status.ok()) fault_ = status.error();
    }
    if (fault_) return *fault_;
    return joules_;
  }

 private:
  Status Advance(std::size_t z) {
    constexpr double kJoulesPerMicrojoule = 1e-6;
    const Zone& zone = zones_[z];
    const std::string file = zone.folder + "/energy_uj";
    AMSEL_ASSIGN_OR_RETURN(const std::int64_t now, sysfs_->Count(file));
    std::int64_t grown = now - last_uj_[z];
    if (grown < 0 && zone.range_uj < last_uj_[z]) {
      return RuntimeFailure(sysfs_->NameOf(file) + ": went back, and not by wrapping around");
    }
    if (grown < 0) grown += zone.range_uj;
    last_uj_[z] = now;
    joules_ += static_cast<double>(grown) * kJoulesPerMicrojoule;
    return {};
  }

  MeterInfo info_;
  std::shared_ptr<const Sysfs> sysfs_;
  std::vector<Zone> zones_;
  std::vector<std::int64_t> last_uj_;
  double joules_ = 0;
  std::optional<Error> fault_;
};

/// Folders of all zones by name ("intel-rapl:0:2"): the class lists them all, on some kernels only the outer ones.
std::map<std::string, std::string> ZoneFolders(const Sysfs& sysfs) {
  constexpr const char* kPrefix = "intel-rapl:";  // not intel-rapl-mmio, which counts the same package again
  std::map<std::string, std::string> folders;
  for (const std::string& outer : sysfs.List(kPowercap)) {
    if (!outer.starts_with(kPrefix)) continue;
    const std::string folder = std::string(kPowercap) + "/" + outer;
    folders.emplace(outer, folder);
    for (const std::string& inner : sysfs.List(folder)) {
      if (inner.starts_with(outer + ":")) folders.emplace(inner, folder + "/" + inner);
    }
  }
  return folders;
}

std::vector<Zone> CountedZones(const Sysfs& sysfs) {
  std::vector<Zone> zones;
  std::map<std::string, std::string> packages;  // by zone name, their labels
  for (const auto& [name, folder] : ZoneFolders(sysfs)) {
    const std::string label = sysfs.Word(folder + "/name").value_or("");
    const std::size_t inner = name.find(':', name.find(':') + 1);
    const auto package = packages.find(name.substr(0, inner));
    const auto range = sysfs.Count(folder + "/max_energy_range_uj");
    const std::int64_t range_uj = range.ok() ? *range : 0;
    if (inner == std::string::npos && label.starts_with("package")) {
      packages.emplace(name, label);
      zones.push_back({folder, label, range_uj});
    } else if (inner != std::string::npos && label == "dram" && package != packages.end()) {
      zones.push_back({folder, package->second + "/" + label, range_uj});
    }
  }
  return zones;
}

}  // namespace

void FindRapl(const std::shared_ptr<const Sysfs>& sysfs, Discovery& discovery) {
  const std::vector<Zone> zones = CountedZones(*sysfs);
  MeterInfo info{"rapl", "", "counter"};
  if (zones.empty()) {
    discovery.missing.push_back({info.name, sysfs->NameOf(kPowercap) + " has no intel-rapl package (no x86 processor "
                                                                       "with RAPL, or a virtual machine without it)"});
    return;
  }
  for (const Zone& zone : zones) {
    const std::string file = zone.folder + "/energy_uj";
    info.source += (info.source.empty() ? "RAPL (" : ", ") + zone.label;
    const Result<std::int64_t> reading = sysfs->Count(file);
    if (reading.ok()) continue;
    std::string why = reading.error().message;
    if (const int error = sysfs->Read(file).error; error == EACCES || error == EPERM) {
      why +=
          "; these counters are root's: run amsel as root, or allow reading until the next start with `sudo chmod "
          "a+r /sys/class/powercap/intel-rapl:*/energy_uj` (whoever may read them can guess at what other "
          "processes do)";
    }
    discovery.missing.push_back({info.name, why});
    return;
  }
  info.source += ")";
  discovery.found.push_back({info, [sysfs, info, zones](const Clock&) -> Result<std::unique_ptr<EnergyMeter>> {
                               auto meter = std::make_unique<RaplMeter>(info, sysfs, zones);
                               AMSEL_RETURN_IF_ERROR(meter->Start());
                               return std::unique_ptr<EnergyMeter>(std::move(meter));
                             }});
}

}  // namespace amsel
