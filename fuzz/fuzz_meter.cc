// What the kernel, or whoever set up a root for it, says in /sys and /proc; and the power model of the command line.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "meter/power_model.h"
#include "meter/sysfs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto sound = [](const std::optional<double>& seconds) {
    return !seconds || (std::isfinite(*seconds) && *seconds >= 0);
  };
  (void)amsel::ParseInteger(text);
  if (!sound(amsel::ParseBusySeconds(text, 100)) || !sound(amsel::ParseOwnSeconds(text, 100))) std::abort();
  const auto model = amsel::ParsePowerModel(text);
  if (model.ok() && (model->watts <= 0 || model->idle_watts.value_or(0) > model->watts)) std::abort();
  return 0;
}
