#include "stats/folds.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "base/random.h"

namespace amsel {

std::vector<int> StratifiedGroupFolds(std::span<const int> strata, std::span<const int> groups, int folds,
                                      std::uint64_t seed) {
  assert(strata.size() == groups.size() && folds > 0);
  std::map<int, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  std::map<int, std::vector<const std::vector<std::size_t>*>> by_stratum;
  for (const auto& [group, items] : members) by_stratum[strata[items.front()]].push_back(&items);

  Random random(seed);
  std::vector<int> fold_of(strata.size(), 0);
  std::vector<std::size_t> total(static_cast<std::size_t>(folds), 0);
  for (auto& [stratum, dealt] : by_stratum) {
    random.Shuffle(dealt);
    // The largest groups first, so that small ones can even out the sizes; stable, so the shuffle decides among equals.
    std::stable_sort(dealt.begin(), dealt.end(), [](const auto* a, const auto* b) { return a->size() > b->size(); });
    std::vector<std::size_t> in_stratum(static_cast<std::size_t>(folds), 0);
    for (const auto* items : dealt) {
      std::size_t best = 0;
      for (std::size_t fold = 1; fold < total.size(); ++fold) {
        if (std::pair(in_stratum[fold], total[fold]) < std::pair(in_stratum[best], total[best])) best = fold;
      }
      in_stratum[best] += items->size();
      total[best] += items->size();
      for (const std::size_t item : *items) fold_of[item] = static_cast<int>(best);
    }
  }
  return fold_of;
}

std::vector<std::size_t> PositionsIn(std::span<const int> fold_of, int fold) {
  std::vector<std::size_t> positions;
  for (std::size_t item = 0; item < fold_of.size(); ++item) {
    if (fold_of[item] == fold) positions.push_back(item);
  }
  return positions;
}

std::vector<std::size_t> PositionsOutside(std::span<const int> fold_of, int fold) {
  std::vector<std::size_t> positions;
  for (std::size_t item = 0; item < fold_of.size(); ++item) {
    if (fold_of[item] != fold) positions.push_back(item);
  }
  return positions;
}

}  // namespace amsel
