#include "cli/governing.h"

#include <fmt/core.h>

#include "base/output.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "cli/energy_options.h"
#include "cli/point_options.h"
#include "meter/find_meters.h"

namespace amsel {
namespace {

constexpr auto kBetweenReadings = std::chrono::milliseconds(500);

/// Of a move that the engine refused.
void ComplainOf(const Status& moved) {
  if (!moved.ok()) Complain(moved.error().message);
}

}  // namespace

void AddGoverningOptions(CLI::App& verb, GoverningOptions& options) {
  constexpr const char* kGroup = "Governor: move among the certified points while answering";
  const auto add = [&](const char* name, std::optional<double>& target, const char* help, const char* type) {
    verb.add_option(name, target, help)->check(PositiveFinite())->type_name(type)->group(kGroup);
  };
  add("--hold-latency-ms", options.latency_ms, "Hold this mean time of an answer, decoding left out", "MS");
  add("--hold-fps", options.fps, "Hold this rate, decoding left out; workers share it", "FPS");
  add("--hold-watts", options.watts, "Hold this mean power, by the first meter of amsel inspect --meters", "WATTS");
  verb.add_flag("--hold-uncertified", options.uncertified, "Also use points without a certificate that holds")
      ->group(kGroup);
  verb.add_flag("--hold-savers", options.savers,
                "Also use saver-… points, which are not surely as accurate as the single best")
      ->group(kGroup);
  AddSysfsOption(verb, options.sysfs);
}

Result<std::unique_ptr<Governing>> Governing::Start(Engine& engine, const GoverningOptions& options,
                                                    const OperatingLimits& limits, std::size_t workers) {
  if (limits.mean_latency || limits.max_latency || limits.max_energy_mj) {
    return UsageError("the governor moves among points; of the limits it heeds --min-accuracy alone");
  }
  GovernorOptions govern;
  if (options.latency_ms) govern.mean_latency = OperatingLimits::Time(*options.latency_ms);
  if (options.fps) govern.frames_per_second = *options.fps / static_cast<double>(workers);
  govern.watts = options.watts;
  govern.min_accuracy = limits.min_accuracy.value_or(0);
  govern.as_accurate_as_single_best = limits.as_accurate_as_single_best;
  govern.certified_only = !options.uncertified;
  govern.savers = options.savers;
  std::unique_ptr<Governing> governing(new Governing());
  AMSEL_ASSIGN_OR_RETURN(governing->governed_, GovernedEngine::Start(engine, govern, governing->clock_));
  if (options.watts) {
    const auto sysfs = std::make_shared<const Sysfs>(options.sysfs);
    auto meter = StartMeter(FindMeters(sysfs), "auto", governing->clock_);
    if (!meter.ok()) return UsageError("watts cannot be held: " + meter.error().message);
    const MutexLock lock(governing->mutex_);
    governing->meter_ = std::move(*meter);
    governing->read_at_ = governing->clock_.Now();
  }
  return governing;
}

void Governing::ReadMeter() {
  const MutexLock lock(mutex_);
  const Nanoseconds now = clock_.Now();
  if (meter_ == nullptr || now - read_at_ < kBetweenReadings) return;
  const Result<double> joules = meter_->Joules();
  if (!joules.ok()) {
    Complain(fmt::format("watts are no longer held: {}", joules.error().message));
    meter_.reset();
    return;
  }
  const double watts = (*joules - joules_) / std::chrono::duration<double>(now - read_at_).count();
  joules_ = *joules;
  read_at_ = now;
  ComplainOf(governed_->SawWatts(watts));
}

void Governing::Saw(const Answer& answer) {
  ComplainOf(governed_->Saw(answer));
  ReadMeter();
}

std::string Governing::Summary() const {
  return fmt::format("the governor moved {} and ended at `{}`{}",
                     Counted(static_cast<std::int64_t>(governed_->moves()), "time"), governed_->point(),
                     governed_->overloaded() ? "; no point that it may use keeps the target" : "");
}

}  // namespace amsel
