#include "policy/head.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace amsel {
namespace {

void AddMapped(const HeadMap& map, LogProbs x, std::span<float> out) {
  const std::size_t classes = out.size();
  switch (map.kind) {
    case HeadMap::Kind::kScalar:
      for (std::size_t k = 0; k < classes; ++k) out[k] += map.values[0] * x[k];
      return;
    case HeadMap::Kind::kDiagonal:
      for (std::size_t k = 0; k < classes; ++k) out[k] += map.values[k] * x[k];
      return;
    case HeadMap::Kind::kFull:
      for (std::size_t in = 0; in < classes; ++in) {
        const float* row = map.values.data() + in * classes;
        const float value = x[in];
        for (std::size_t k = 0; k < classes; ++k) out[k] += value * row[k];
      }
      return;
  }
}

/// log p by its log-odds.
float LogSigmoid(float z) {
  return std::min(z, 0.0F) - std::log1p(std::exp(-std::fabs(z)));
}

}  // namespace

float LogOdds(float log_p) {
  constexpr float kLeast = 0x1p-24F;
  return log_p - std::log(std::max(-std::expm1(log_p), kLeast));
}

void LogSoftmax(std::span<float> z) {
  const float highest = *std::max_element(z.begin(), z.end());
  float sum = 0;
  for (const float value : z) sum += std::exp(value - highest);
  const float log_sum = highest + std::log(sum);
  for (float& value : z) value -= log_sum;
}

void Head::Apply(std::span<const LogProbs> inputs, std::span<float> out) const {
  assert(inputs.size() == maps.size());
  if (out.size() == kOwnAnswers) {
    float z = bias.empty() ? 0 : bias.front();
    for (std::size_t m = 0; m < maps.size(); ++m) z += maps[m].values.front() * LogOdds(inputs[m].front());
    out.front() = LogSigmoid(z);
    return;
  }
  if (bias.empty()) {
    std::fill(out.begin(), out.end(), 0.0F);
  } else {
    std::copy(bias.begin(), bias.end(), out.begin());
  }
  for (std::size_t m = 0; m < maps.size(); ++m) AddMapped(maps[m], inputs[m], out);
  LogSoftmax(out);
}

}  // namespace amsel
