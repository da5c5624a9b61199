// What a DNN's raw outputs look like over many images, whatever its card says of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "card/card.h"

namespace amsel {

class OutputFacts {
 public:
  /// `quantum`: the step in which values come, for quantised outputs.
  explicit OutputFacts(double quantum = 0) : quantum_(quantum) {}

  void Add(std::span<const float> row);

  int rows() const { return rows_; }
  /// Rows that hold a value that is not a finite number.
  int not_finite() const { return not_finite_; }
  /// Whether there were several rows and all of them said the same.
  bool constant() const { return rows_ > 1 && constant_; }
  /// None below 0, and each row's sum is 1.
  bool are_probabilities() const;
  /// None above 0, and the exponentials of each row sum to 1.
  bool are_log_probabilities() const;

  /// The kind that the values are of, where they tell. One value: a probability where all were in 0..1. Several:
  /// probabilities where rows sum to 1, logits where any lies outside 0..1.
  std::optional<OutputKind> Kind() const;

 private:
  double quantum_;
  int rows_ = 0;  ///< finite ones
  int not_finite_ = 0;
  std::size_t values_ = 0;
  std::vector<float> first_;
  bool constant_ = true;
  float least_ = 0;
  float most_ = 0;
  double farthest_sum_ = 0;      ///< from 1
  double farthest_exp_sum_ = 0;  ///< from 1
};

/// The kind that outputs clearly are of, where a card says another, and why.
struct OtherKind {
  OutputKind kind = OutputKind::kLogits;
  std::string why;  ///< "\"probabilities\" (all outputs are at least 0 and sum to 1)"
};
std::optional<OtherKind> KindAgainst(OutputKind card, const OutputFacts& facts);

}  // namespace amsel
