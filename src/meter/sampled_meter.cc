#include "meter/sampled_meter.h"

#include <cmath>

namespace amsel {

std::string SamplingText(Nanoseconds period) {
  return "power sampled " + std::to_string(std::chrono::seconds(1) / period) + " times a second";
}

void PowerIntegrator::Add(Nanoseconds time, double watts) {
  if (last_ && time <= last_->first) return;
  if (last_) {
    const std::chrono::duration<double> between = time - last_->first;
    joules_ += between.count() * (watts + last_->second) / 2;
  }
  last_ = {time, watts};
}

SampledMeter::SampledMeter(MeterInfo info, ReadWatts read_watts, const Clock& clock)
    : info_(std::move(info)), read_watts_(std::move(read_watts)), clock_(clock), start_(clock.Now()) {}

Result<std::unique_ptr<EnergyMeter>> SampledMeter::Start(MeterInfo info, ReadWatts read_watts, const Clock& clock,
                                                         Nanoseconds period) {
  std::unique_ptr<SampledMeter> meter(new SampledMeter(std::move(info), std::move(read_watts), clock));
  const Result<double> first = meter->Joules();
  if (!first.ok()) return first.error();
  if (period > Nanoseconds(0)) {
    meter->thread_ = std::thread([raw = meter.get(), period] { raw->SampleUntilStopped(period); });
  }
  return std::unique_ptr<EnergyMeter>(std::move(meter));
}

SampledMeter::~SampledMeter() {
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
  }
  wake_.WakeAll();
  if (thread_.joinable()) thread_.join();
}

void SampledMeter::Sample() {
  if (fault_) return;
  const Nanoseconds before = clock_.Now();
  const Result<double> watts = read_watts_();
  const Nanoseconds after = clock_.Now();
  spent_ += after - before;
  if (!watts.ok()) {
    fault_ = watts.error();
  } else if (!std::isfinite(*watts) || *watts < 0) {
    fault_ = RuntimeFailure(info_.source + ": tells a power of " + std::to_string(*watts) + " W");
  } else {
    integrator_.Add(before + (after - before) / 2, *watts);
  }
}

void SampledMeter::SampleUntilStopped(Nanoseconds period) {
  const MutexLock lock(mutex_);
  while (!stopped_) {
    const auto next = std::chrono::steady_clock::now() + period;
    while (!stopped_ && wake_.WaitUntil(mutex_, next)) {
    }
    if (!stopped_) Sample();
  }
}

Result<double> SampledMeter::Joules() {
  const MutexLock lock(mutex_);
  Sample();
  if (fault_) return *fault_;
  return integrator_.joules();
}

double SampledMeter::SamplingOverhead() {
  const MutexLock lock(mutex_);
  const Nanoseconds elapsed = clock_.Now() - start_;
  return elapsed > Nanoseconds(0) ? static_cast<double>(spent_.count()) / static_cast<double>(elapsed.count()) : 0;
}

}  // namespace amsel
