// Which of n things belong together: union-find with path halving. The first of a set stands for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace amsel {

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  /// The first thing of the set that holds `i`.
  std::size_t Find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Join(std::size_t a, std::size_t b) {
    const auto [first, last] = std::minmax({Find(a), Find(b)});
    parent_[last] = first;
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace amsel
