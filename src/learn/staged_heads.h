// The heads of a staged policy while it is learned: cross-fitted over inner folds, so that what is chosen by what they
// do is chosen on images that they had not seen.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fit/fit_head.h"
#include "learn/options.h"
#include "learn/search_space.h"
#include "learn/slots.h"
#include "policy/head.h"

namespace amsel {

/// The rows that a staged policy is learned from: first those that choose, which the search is over, then those that
/// only fit.
struct StagedRows {
  std::vector<std::size_t> rows;
  std::size_t choosing = 0;
  std::vector<int> labels;
  std::vector<double> weights;
  std::vector<int> fold_of;  ///< of `folds`; of those that only fit, none of them
  int folds = 0;

  Rows Choosing() const { return Rows(rows).first(choosing); }
};

StagedRows StagedRowsOf(const Outcomes& table, Rows rows, const LearnOptions& options);

/// An answer with a lower probability is withheld; 0: none.
float AbstainBelow(const StagedOptions& options);

/// Heads over sets of slots (sorted lists of their numbers), all of the family that fits best.
class StagedHeads {
 public:
  /// Fits gates, which read `features`, and chooses the family. `table`, `rows` and `options` must outlive it.
  StagedHeads(const Outcomes& table, const StagedRows& rows, const std::vector<TableSlot>& slots,
              const std::vector<std::string>& features, const LearnOptions& options);

  /// [slot][r]: who fills the slot for a row that chooses, by a gate that has not seen it.
  std::vector<std::vector<std::size_t>> Picks() const;

  /// Puts into `outcome` what a head that has not seen that fold does with its rows.
  void CrossFit(const std::vector<int>& set, int fold, SetOutcome& outcome) const;

  /// From now on the head of this slot alone is one that changes no answer: a temperature.
  void KeepAnswersOf(int slot);

  /// By slot and set, fitted on all rows.
  const FeatureGate& GateOf(int slot) const { return parts_.back().gates[static_cast<std::size_t>(slot)]; }
  Head FitOnAll(const std::vector<int>& set) const;

 private:
  Head Fit(const SlotOutputs& part, const std::vector<int>& set, const std::vector<std::size_t>& part_rows,
           const HeadOptions& options) const;
  Head FitOwn(const SlotOutputs& part, int slot, const std::vector<std::size_t>& answered) const;
  void Apply(const Head& head, const SlotOutputs& part, std::size_t r, std::span<float> out) const;
  double FoldLoss(const std::vector<int>& set, int fold, const HeadOptions& options) const;
  HeadOptions BestFamily() const;
  const HeadOptions& FamilyOf(const std::vector<int>& set) const;
  float Agreement(const SlotOutputs& part, const std::vector<int>& set, std::size_t r, int answer) const;

  const Outcomes& table_;
  const StagedRows& rows_;
  const LearnOptions& options_;
  std::vector<SlotOutputs> parts_;  ///< [f]: by gates that have not seen fold f; the last: by those fitted on all rows
  HeadOptions family_;              ///< of sets of slots
  std::vector<HeadOptions> families_;  ///< of each slot alone
};

}  // namespace amsel
