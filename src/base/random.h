// A seeded source of random numbers whose draws are the same on every platform and standard library.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace amsel {

/// std::mt19937_64 (its stream is fixed by the standard) with our own bounded draws (the standard's are not).
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in 0 … bound − 1; bound > 0. By rejection, so without bias.
  std::uint64_t Below(std::uint64_t bound) {
    const std::uint64_t limit = bound * (UINT64_MAX / bound);
    std::uint64_t draw = engine_();
    while (draw >= limit) draw = engine_();
    return draw % bound;
  }

  /// Uniform in [0, 1).
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

  /// Fisher–Yates.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace amsel
