// Holding a target while images are answered: options, and a governor that several workers tell.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "meter/energy_meter.h"
#include "runtime/governed_engine.h"

namespace amsel {

struct GoverningOptions {
  std::optional<double> latency_ms;
  std::optional<double> fps;
  std::optional<double> watts;
  bool uncertified = false;
  bool savers = false;
  std::string sysfs;  ///< root of sys/ and proc/, for the meter

  bool any() const { return latency_ms || fps || watts; }
};

/// --hold-latency-ms, --hold-fps, --hold-watts, --hold-uncertified, --hold-savers and --sysfs. `options` must live
/// until the verb has run.
void AddGoverningOptions(CLI::App& verb, GoverningOptions& options);

/// Tells a governor of answers, from any thread, and moves the engine where it says.
class Governing {
 public:
  /// `limits` may only bound the accuracy from below. Usage error for other limits, for what Governor::Create refuses,
  /// and for watts without a meter. `engine` must outlive it.
  static Result<std::unique_ptr<Governing>> Start(Engine& engine, const GoverningOptions& options,
                                                  const OperatingLimits& limits, std::size_t workers);

  void Saw(const Answer& answer);

  /// "moved 3 times, ended at `fast`", and whether the target was out of reach.
  std::string Summary() const;

 private:
  Governing() = default;
  void ReadMeter();

  SteadyClock clock_;
  std::unique_ptr<GovernedEngine> governed_;
  Mutex mutex_;  ///< one reading at a time
  std::unique_ptr<EnergyMeter> meter_ AMSEL_GUARDED_BY(mutex_);
  Nanoseconds read_at_ AMSEL_GUARDED_BY(mutex_){0};
  double joules_ AMSEL_GUARDED_BY(mutex_) = 0;
};

}  // namespace amsel
