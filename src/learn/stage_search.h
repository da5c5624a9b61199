// Which slots to run in which order, and when to stop: searched on cross-fitted outcomes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/named_points.h"
#include "learn/learned_policy.h"
#include "learn/search_space.h"

namespace amsel {

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

/// All orders of one slot and the LongerOrders of them, of up to `most_stages`. `learn` puts the outcomes of the sets
/// that it is given into `space`, before what goes on from them is looked for.
std::vector<std::vector<int>> GrowOrders(const SearchSpace& space, int most_stages, bool free_order,
                                         const std::function<void(const WantedSets&)>& learn);

/// Thresholds that maximise accuracy less price · time on the rows: exact for each threshold given the others,
/// from the last to the first, repeated until they agree.
Cascade Thresholds(const SearchSpace& space, const std::vector<int>& order, double price_per_ms);

/// The operating points. No cascade that a single slot dominates is among them, but the single best alone may be.
ChosenPoints ChoosePoints(const SearchSpace& space, const std::vector<std::vector<int>>& orders);

}  // namespace amsel
