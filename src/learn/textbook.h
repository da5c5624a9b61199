// What one would write by hand in an afternoon: a cascade of two candidates with one margin, the log-probabilities
// pooled. Nothing is fitted, so what a policy has beyond it at the same time is what learning brought.
#pragma once

#include <limits>
#include <vector>

#include "learn/cross_validate.h"
#include "learn/pair_pools.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// `first` runs. Where its margin (its highest probability less its second) is at least `least_margin`, its class is
/// the answer. Else, and where it failed, `second` runs too, and the answer is the class of the highest mean of their
/// log-probabilities; of one alone where the other failed. A `second` that is `first` never runs.
struct TextbookCascade {
  std::size_t first = 0;
  std::size_t second = 0;
  float least_margin = 0;

  friend bool operator==(const TextbookCascade&, const TextbookCascade&) = default;
};

/// What one is chosen for: accuracy (a share) less `price_per_ms` of it for each millisecond of mean time, of those
/// that take at most `most_ms`. Times are by the candidates' mean times.
struct TextbookAim {
  double most_ms = std::numeric_limits<double>::infinity();
  double price_per_ms = 0;
};

/// All such cascades over the candidates of a table with outputs. Read-only once made.
class Textbook {
 public:
  /// `table` must outlive it. An answer is right when the label is among its first `top` classes.
  explicit Textbook(const Outcomes& table, int top = 1);

  /// The best by that aim on `rows` (by weight); of equals the cheaper, then that of earlier candidates. Where none is
  /// so cheap, the cheapest candidate alone.
  TextbookCascade Choose(Rows rows, const TextbookAim& aim) const;

  /// What it does with image i, from what was recorded; deciding takes no time.
  SimulatedRun Run(const TextbookCascade& cascade, std::size_t i) const;

 private:
  struct Found;

  void TryPair(Rows rows, const std::vector<std::size_t>& surest_first, TextbookCascade pair, const TextbookAim& aim,
               Found& found) const;

  const Outcomes& table_;
  int top_;
  std::vector<std::vector<float>> margins_;  ///< [c][i]; −1 where it failed
  PairPools pools_;                          ///< of all candidates, by image
};

/// Beside each point of a policy that was cross-validated on `rows`: what the cascades did that were chosen on each
/// fold's training part, within the mean time that the point was planned to take there. `always` was learned from in
/// each fold, too; of it, as of the rest, only what may choose (ForLearning) has a part in this.
std::vector<PointValidation> PlayTextbook(const Outcomes& table, Rows rows, const CrossValidation& validation,
                                          Rows always = {}, int top = 1);

}  // namespace amsel
