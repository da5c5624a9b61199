// Options of everything that measures energy, declared once.
#pragma once

#include <string>

#include "base/progress.h"
#include "cli/verb.h"
#include "meter/blocks.h"
#include "meter/find_meters.h"

namespace amsel {

struct EnergyOptions {
  std::string meter = "off";  ///< off, auto, or a meter's name
  std::string power_model;    ///< empty: none
  double block_s = std::chrono::duration<double>(kBlockLength).count();
  std::string sysfs;  ///< root of sys/ and proc/
};

/// --energy, --energy-block, --power-model and --sysfs.
void AddEnergyOptions(CLI::App& verb, EnergyOptions& options);
/// --power-model alone, for verbs that measure no energy.
void AddPowerModelOption(CLI::App& verb, std::string& power_model);
/// --sysfs alone.
void AddSysfsOption(CLI::App& verb, std::string& sysfs);

/// Starts the meter that was asked for. With `auto` and none to be found, warns and goes on without. `clock` must
/// outlive the instruments.
Result<EnergyInstruments> OpenInstruments(const EnergyOptions& options, const Clock& clock);

/// The model, or nothing for an empty text.
Result<std::optional<PowerModel>> ReadPowerModel(const std::string& text);

/// Says on stderr of which candidates or rows there are no figures, and why.
void WarnOfMissingEnergy(const std::vector<std::pair<std::string, std::string>>& without);

}  // namespace amsel
