// What the search for orders of slots looks at, and how a cascade does on it.
#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "learn/learned_policy.h"
#include "learn/slots.h"
#include "policy/path_cost.h"

namespace amsel {

/// Number `n` of `count` prices of time, in accuracy by milliseconds, from the lowest in equal ratios; `best_ms` is the
/// time of the single best.
double PriceAt(double best_ms, int n, int count);

inline constexpr int kFewPrices = 8;  ///< where many cascades are compared
inline constexpr int kLowPrices = 6;  ///< of these: at higher ones nothing wins that is as accurate as the single best

/// What the head over one set of slots did, image by image, fitted on other images.
struct SetOutcome {
  std::vector<float> signal;  ///< what a stage is stopped by
  std::vector<float> right;   ///< 0 or 1, or a utility in between
  std::vector<int> rank{};    ///< of the true class; the number of classes where no answer would be given
};

/// Everything the search looks at. Sets of slots are sorted lists of their numbers.
struct SearchSpace {
  std::size_t rows = 0;
  bool pooling = true;       ///< heads see all slots of a path; otherwise its last alone
  bool own_answers = false;  ///< answers are worth what SetOutcome::right says (policy/policy.h, kOwnAnswers)
  std::vector<double> weights;
  std::vector<int> groups;
  std::vector<TableSlot> slots;
  std::vector<double> slot_costs_ms;                ///< mean
  std::vector<std::vector<std::size_t>> picks;      ///< [slot][r], cross-fitted
  std::map<std::vector<int>, SetOutcome> outcomes;  ///< by set
  std::vector<StepCost> costs;                      ///< per candidate of the table, in milliseconds
  double features_ms = 0;
  std::size_t best = 0;           ///< the single best: a candidate of the table
  std::vector<float> best_right;  ///< per row: the single best as it came
  double best_ms = 0;
};

/// A fixed order of slots with a threshold after each but the last: go on while the signal is below it.
struct Cascade {
  std::vector<int> slots;
  std::vector<float> below;

  friend bool operator==(const Cascade&, const Cascade&) = default;
};

/// What a cascade did with every row.
struct CascadeRun {
  std::vector<double> right;
  std::vector<double> cost_ms;
  std::vector<int> stages;  ///< how many stages each row took
  double accuracy = 0;
  double mean_ms = 0;
};

/// The space over `slots`, filled as `picks` [slot][r] say; no features, and no outcomes of sets yet.
SearchSpace SpaceOf(const Outcomes& table, Rows rows, std::vector<TableSlot> slots,
                    std::vector<std::vector<std::size_t>> picks, int top);

/// The slots that the head after `stages` stages of an order sees: the key of SearchSpace::outcomes.
std::vector<int> SetOf(const SearchSpace& space, const std::vector<int>& order, std::size_t stages);

/// Sets whose outcomes are to be added to the space.
using WantedSets = std::set<std::vector<int>>;

/// The sets that the heads after each stage of these orders see, but for those whose outcomes the space has.
WantedSets UnknownSets(const SearchSpace& space, const std::vector<std::vector<int>>& orders);

/// An order with what each stage costs and does.
struct Stages {
  Stages(const SearchSpace& space, const std::vector<int>& order);

  std::vector<const SetOutcome*> outcomes;  ///< of the space
  std::vector<std::vector<double>> costs;   ///< [stage][r]: what it adds, given the stages before it
};

CascadeRun Play(const SearchSpace& space, const Stages& stages, const Cascade& cascade);
CascadeRun Play(const SearchSpace& space, const Cascade& cascade);

/// What the cascade did with each row, which candidates ran in which order included; the outcomes must have ranks.
std::vector<SimulatedRun> RunsOf(const SearchSpace& space, const Cascade& cascade, const CascadeRun& run);

}  // namespace amsel
