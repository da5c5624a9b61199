// A meter whose energy follows a fake clock.
#pragma once

#include <memory>

#include "meter/blocks.h"
#include "tests/support/fake_sysfs.h"

namespace amsel {

/// The device takes 12 W while the clock is moved by candidates, and 2 W while it rests.
class ClockMeter final : public EnergyMeter {
 public:
  explicit ClockMeter(const Clock& clock) : clock_(clock) {}
  const MeterInfo& info() const override { return info_; }
  Result<double> Joules() override {
    if (broken) return RuntimeFailure("the sensor vanished");
    return 12 * std::chrono::duration<double>(clock_.Now()).count() - 10 * rested_s;
  }

  bool broken = false;
  double rested_s = 0;

 private:
  MeterInfo info_{"fake", "a fake meter", "counter"};
  const Clock& clock_;
};

/// Blocks of 0.1 s with this meter. All must outlive the instruments.
inline EnergyInstruments ClockInstruments(const std::shared_ptr<ClockMeter>& meter, FakeClock& clock,
                                          const FakeSysfs& fake) {
  EnergyInstruments energy;
  energy.meter = meter;
  energy.load.emplace(fake.sysfs(), clock);
  energy.blocks.length = std::chrono::milliseconds(100);
  energy.blocks.wait = [meter, &clock](Nanoseconds time) {
    clock.Advance(time);
    meter->rested_s += std::chrono::duration<double>(time).count();
  };
  return energy;
}

}  // namespace amsel
