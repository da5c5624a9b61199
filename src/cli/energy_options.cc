#include "cli/energy_options.h"

#include <fmt/core.h>

#include "base/output.h"
#include "base/status_macros.h"

namespace amsel {

void AddSysfsOption(CLI::App& verb, std::string& sysfs) {
  verb.add_option("--sysfs", sysfs, "Folder in which sys/ and proc/ lie (default: this machine's)")->type_name("ROOT");
}

void AddPowerModelOption(CLI::App& verb, std::string& power_model) {
  verb.add_option(
          "--power-model", power_model,
          "Estimate energy as time x watts where nothing measured it: watts=W or watts=W,idle_watts=W; labelled "
          "an estimate")
      ->type_name("MODEL");
}

void AddEnergyOptions(CLI::App& verb, EnergyOptions& options) {
  constexpr double kShortest = 0.001;
  constexpr double kLongest = 3600;
  verb.add_option("--energy", options.meter,
                  "Also measure energy, with: off, auto (the first meter that there is), or a meter's name (amsel "
                  "inspect --meters); takes five blocks for each row or candidate, and two idle ones")
      ->type_name("METER")
      ->capture_default_str();
  verb.add_option("--energy-block", options.block_s,
                  "What a block of energy takes at least; figures from less than 5 s are marked as such")
      ->check(CLI::Range(kShortest, kLongest))
      ->type_name("SECONDS")
      ->capture_default_str();
  AddPowerModelOption(verb, options.power_model);
  AddSysfsOption(verb, options.sysfs);
}

Result<std::optional<PowerModel>> ReadPowerModel(const std::string& text) {
  if (text.empty()) return std::optional<PowerModel>();
  AMSEL_ASSIGN_OR_RETURN(const PowerModel model, ParsePowerModel(text));
  return std::optional(model);
}

Result<EnergyInstruments> OpenInstruments(const EnergyOptions& options, const Clock& clock) {
  EnergyInstruments instruments;
  AMSEL_ASSIGN_OR_RETURN(instruments.model, ReadPowerModel(options.power_model));
  instruments.blocks.length = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(options.block_s));
  if (options.meter == "off") return instruments;
  const auto sysfs = std::make_shared<const Sysfs>(options.sysfs);
  auto meter = StartMeter(FindMeters(sysfs), options.meter, clock);
  if (!meter.ok() && options.meter == "auto") {
    Complain(fmt::format("energy is not measured: {}", meter.error().message));
    return instruments;
  }
  AMSEL_ASSIGN_OR_RETURN(instruments.meter, std::move(meter));
  instruments.load.emplace(sysfs, clock);
  return instruments;
}

void WarnOfMissingEnergy(const std::vector<std::pair<std::string, std::string>>& without) {
  for (const auto& [name, why] : without) Complain(fmt::format("no energy of {}: {}", name, why));
}

}  // namespace amsel
