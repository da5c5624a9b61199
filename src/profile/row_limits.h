// The units of a profile's cells, and what those may hold that is computed with.
#pragma once

#include <cstdint>

#include "meter/timed_run.h"

namespace amsel {

inline constexpr double kMsPerNs = 1e-6;
inline constexpr std::int64_t kMostNs = 1'000'000'000'000'000;  // eleven days
inline constexpr std::int64_t kMostResidentBytes = std::int64_t{1} << 50;
inline constexpr double kMostFeature = 3e38;  // of float32
inline constexpr double kMostJoules = 1e12;
inline constexpr std::int64_t kMostInputs = std::int64_t{1} << 40;
inline constexpr const char* kTime = "nanoseconds, from 0 to 1e15; for an inference, from 1";
inline constexpr int kMostWhole = 1 << 20;
inline constexpr int kMostClasses = 0xFFFF - 1;  // ranks have 16 bits, one of which stands for none

inline bool IsTime(const TimedRun& run) {
  const auto is = [](Nanoseconds time, std::int64_t least) { return time.count() >= least && time.count() <= kMostNs; };
  return is(run.wall, 1) && (!run.cpu || is(*run.cpu, 0)) && run.preemptions >= 0;
}

}  // namespace amsel
