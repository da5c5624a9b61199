// Which pairs of candidates are right together: what cascades of two are judged by.
#pragma once

#include <cstdint>
#include <vector>

#include "outcomes/outcomes.h"

namespace amsel {

/// For every pair of these candidates and each row, whether the class of the highest mean of their log-probabilities
/// is right (of one alone where the other failed). The table must have outputs. Read-only once made.
class PairPools {
 public:
  /// An answer is right when the label is among its first `top` classes.
  PairPools(const Outcomes& table, std::vector<std::size_t> candidates, Rows rows, int top);

  /// Of one pair, given by places among the candidates; likewise for rows.
  class Pair {
   public:
    bool Right(std::size_t r) const { return (words_[r / kWord] >> (r % kWord) & 1) != 0; }

   private:
    friend class PairPools;
    explicit Pair(const std::uint64_t* words) : words_(words) {}
    const std::uint64_t* words_;
  };
  Pair Of(std::size_t a, std::size_t b) const { return Pair(right_.data() + PairOf(a, b) * words_); }

 private:
  static constexpr std::size_t kWord = 64;
  static std::size_t PairOf(std::size_t a, std::size_t b);
  void Pool(const Outcomes& table, Rows rows, int top, std::size_t word);

  std::vector<std::size_t> candidates_;
  std::size_t words_;                 ///< of 64 rows
  std::vector<std::uint64_t> right_;  ///< [pair × word], a bit a row
};

}  // namespace amsel
