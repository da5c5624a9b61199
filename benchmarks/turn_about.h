// Times that compare: what is measured takes turns, and what a busy moment spoils does not count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace amsel {

inline double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Median times of several ways to do the same, a round of each in turn.
inline std::vector<double> TurnAbout(const std::vector<std::function<void()>>& ways, int rounds) {
  const SteadyClock clock;
  std::vector<std::vector<double>> times(ways.size());
  for (int round = -3; round < rounds; ++round) {  // the first ones warm caches
    for (std::size_t w = 0; w < ways.size(); ++w) {
      const Nanoseconds start = clock.Now();
      ways[w]();
      if (round >= 0) times[w].push_back(Milliseconds(clock.Now() - start));
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& way : times) medians.push_back(Median(std::move(way)));
  return medians;
}

}  // namespace amsel
