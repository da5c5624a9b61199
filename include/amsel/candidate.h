// Names for candidates and for sets of them, shared by policies, episodes and the engine.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

namespace amsel {

/// Position of a candidate in its bundle's list, from 0.
using CandidateId = int;

/// "No candidate": nothing has run, or nothing may.
inline constexpr CandidateId kNoCandidate = -1;

/// The most candidates that one policy may know.
inline constexpr int kMaxCandidates = 64;

/// A set of candidates of one bundle. A value type of one word.
class CandidateSet {
 public:
  constexpr CandidateSet() = default;

  /// The candidates 0 … count − 1.
  static constexpr CandidateSet All(int count) {
    CandidateSet set;
    set.bits_ = count >= kMaxCandidates ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    return set;
  }

  constexpr bool Contains(CandidateId id) const { return id >= 0 && ((bits_ >> id) & 1U) != 0; }
  constexpr void Insert(CandidateId id) { bits_ |= Bit(id); }
  constexpr void Remove(CandidateId id) { bits_ &= ~Bit(id); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  friend constexpr bool operator==(CandidateSet, CandidateSet) = default;

 private:
  static constexpr std::uint64_t Bit(CandidateId id) {
    assert(id >= 0 && id < kMaxCandidates);
    return std::uint64_t{1} << id;
  }

  std::uint64_t bits_ = 0;
};

}  // namespace amsel
