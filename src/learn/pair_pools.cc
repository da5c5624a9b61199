#include "learn/pair_pools.h"

#include <algorithm>
#include <functional>

#include "backend/canonical.h"
#include "base/parallel.h"

namespace amsel {

PairPools::PairPools(const Outcomes& table, std::vector<std::size_t> candidates, Rows rows, int top)
    : candidates_(std::move(candidates)), words_((rows.size() + kWord - 1) / kWord) {
  right_.assign(candidates_.size() * (candidates_.size() - 1) / 2 * words_, 0);
  ParallelFor(words_, [&](std::size_t word) { Pool(table, rows, top, word); });
}

std::size_t PairPools::PairOf(std::size_t a, std::size_t b) {
  const auto [low, high] = std::minmax(a, b);
  return high * (high - 1) / 2 + low;
}

void PairPools::Pool(const Outcomes& table, Rows rows, int top, std::size_t word) {
  const std::size_t count = candidates_.size();
  const auto classes = static_cast<std::size_t>(table.classes());
  std::vector<float> answers(count * classes);
  std::vector<float> sum(classes);
  const auto answer_of = [&](std::size_t c) { return std::span(answers).subspan(c * classes, classes); };
  for (std::size_t r = word * kWord; r < std::min((word + 1) * kWord, rows.size()); ++r) {
    const std::size_t i = rows[r];
    for (std::size_t c = 0; c < count; ++c) table.LogProbsOf(candidates_[c], i, answer_of(c));
    for (std::size_t b = 1; b < count; ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        if (table.Failed(candidates_[a], i) && table.Failed(candidates_[b], i)) continue;
        std::transform(answer_of(a).begin(), answer_of(a).end(), answer_of(b).begin(), sum.begin(), std::plus<>());
        const bool right = RankOf(sum, table.images[i].label) < top;
        if (right) right_[PairOf(a, b) * words_ + word] |= std::uint64_t{1} << (r % kWord);
      }
    }
  }
}

}  // namespace amsel
