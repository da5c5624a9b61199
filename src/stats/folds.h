// Splitting images into folds by group, stratified by class, by seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace amsel {

/// Fold of each item, 0 … folds − 1. Items of one group share a fold. Groups are dealt, by seed, within the stratum of
/// their first item to the fold that has least of that stratum, then least in all: sizes stay balanced.
/// `strata` and `groups` are parallel; a group is any integer.
std::vector<int> StratifiedGroupFolds(std::span<const int> strata, std::span<const int> groups, int folds,
                                      std::uint64_t seed);

/// Positions of the items of `fold`, in order.
std::vector<std::size_t> PositionsIn(std::span<const int> fold_of, int fold);

/// Positions of the items of all other folds.
std::vector<std::size_t> PositionsOutside(std::span<const int> fold_of, int fold);

}  // namespace amsel
