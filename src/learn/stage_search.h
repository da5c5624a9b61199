// Which slots to run in which order, and when to stop: searched on cross-fitted outcomes.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/named_points.h"
#include "learn/learned_policy.h"
#include "learn/slots.h"
#include "policy/path_cost.h"

namespace amsel {

/// What the head over one set of slots did, image by image, fitted on other images.
struct SetOutcome {
  std::vector<float> signal;  ///< what a stage is stopped by
  std::vector<float> right;   ///< 0 or 1, or a utility in between
  std::vector<int> rank{};    ///< of the true class; the number of classes where no answer would be given
};

/// Everything the search looks at. Sets of slots are sorted lists of their numbers.
struct SearchSpace {
  std::size_t rows = 0;
  bool pooling = true;  ///< heads see all slots of a path; otherwise its last alone
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

struct NamedCascade {
  std::string name;
  Cascade cascade;
};

/// A cascade with its figures on the rows.
struct PlannedCascade {
  Cascade cascade;
  PlannedPoint planned;
};

/// `nearest` for people; `names` are of the table's candidates.
NearMiss Describe(const SearchSpace& space, const PlannedCascade& nearest, std::span<const std::string> names);

struct ChosenPoints {
  /// balanced, fast, accurate, steady (bundle/named_points.h), which may be one cascade; then other trade-offs of the
  /// Pareto front, the fastest first: `pareto-1` … pass the bar, `saver-1` … do not; and the single best alone.
  std::vector<NamedCascade> points;
  /// Of what is clearly faster than the single best, what passes the bar by most, or misses it by least.
  std::optional<PlannedCascade> nearest;
};

/// The most promising of `orders`, all of one length, each with one slot more; the most promising first. Costs do not
/// fall along an order (with `free_order` not by more than a fifth). At most `new_sets` of the sets that they end with
/// are not among the outcomes yet. The outcomes must hold the sets of `orders`.
std::vector<std::vector<int>> LongerOrders(const SearchSpace& space, const std::vector<std::vector<int>>& orders,
                                           bool free_order, std::size_t new_sets);

/// Thresholds that maximise accuracy less price · time on the rows: exact for each threshold given the others,
/// from the last to the first, repeated until they agree.
Cascade Thresholds(const SearchSpace& space, const std::vector<int>& order, double price_per_ms);

CascadeRun Play(const SearchSpace& space, const Cascade& cascade);

/// What the cascade did with each row, which candidates ran in which order included; the outcomes must have ranks.
std::vector<SimulatedRun> RunsOf(const SearchSpace& space, const Cascade& cascade, const CascadeRun& run);

/// The operating points. No cascade that a single slot dominates is among them, but the single best alone may be.
ChosenPoints ChoosePoints(const SearchSpace& space, const std::vector<std::vector<int>>& orders);

/// The slots that the head after `stages` stages of an order sees: the key of SearchSpace::outcomes.
std::vector<int> SetOf(const SearchSpace& space, const std::vector<int>& order, std::size_t stages);

}  // namespace amsel
