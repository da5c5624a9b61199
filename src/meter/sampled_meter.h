// Energy from a sensor that tells power only.
#pragma once

#include <functional>
#include <optional>
#include <thread>

#include "base/mutex.h"
#include "meter/energy_meter.h"

namespace amsel {

/// How often power is sampled, by default.
inline constexpr Nanoseconds kSamplingPeriod{50'000'000};

/// "power sampled 20 times a second, …".
std::string SamplingText(Nanoseconds period);

/// Sums up power by the trapezoid rule: between two samples it is taken to change evenly.
class PowerIntegrator {
 public:
  /// Samples come in the order of time; one that does not come later than the last adds nothing.
  void Add(Nanoseconds time, double watts);
  double joules() const { return joules_; }

 private:
  std::optional<std::pair<Nanoseconds, double>> last_;
  double joules_ = 0;
};

/// Samples `read_watts` from a thread of its own every `period`, and whenever Joules() is asked. With a period of zero
/// there is no thread: for tests, which decide when to sample.
class SampledMeter final : public EnergyMeter {
 public:
  using ReadWatts = std::function<Result<double>()>;

  /// Takes the first sample; its error is returned. `clock` must outlive the meter and is read from both threads.
  static Result<std::unique_ptr<EnergyMeter>> Start(MeterInfo info, ReadWatts read_watts, const Clock& clock,
                                                    Nanoseconds period = kSamplingPeriod);
  ~SampledMeter() override;

  const MeterInfo& info() const override { return info_; }
  Result<double> Joules() override;
  double SamplingOverhead() override;

 private:
  SampledMeter(MeterInfo info, ReadWatts read_watts, const Clock& clock);
  void Sample() AMSEL_REQUIRES(mutex_);
  void SampleUntilStopped(Nanoseconds period);

  MeterInfo info_;
  ReadWatts read_watts_;
  const Clock& clock_;
  Nanoseconds start_;
  Mutex mutex_;  ///< one sample at a time; they come in the order of time
  Condition wake_;
  bool stopped_ AMSEL_GUARDED_BY(mutex_) = false;
  PowerIntegrator integrator_ AMSEL_GUARDED_BY(mutex_);
  Nanoseconds spent_ AMSEL_GUARDED_BY(mutex_){0};
  std::optional<Error> fault_ AMSEL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace amsel
