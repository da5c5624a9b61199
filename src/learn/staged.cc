#include "learn/staged.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "base/parallel.h"
#include "learn/slots.h"
#include "learn/stage_search.h"
#include "learn/staged_heads.h"
#include "learn/staged_plan.h"
#include "policy/staged.h"

namespace amsel {
namespace {

/// Fits the heads of all sets on each part, and notes in the space what they do with the rows that they have not seen.
void CrossFit(const StagedHeads& heads, const WantedSets& sets, int folds, const LearnOptions& options,
              SearchSpace& space) {
  const std::vector<std::vector<int>> list(sets.begin(), sets.end());
  for (const auto& set : list) {
    space.outcomes[set] = {std::vector<float>(space.rows), std::vector<float>(space.rows),
                           std::vector<int>(space.rows)};
  }
  std::mutex reporting;
  std::size_t done = 0;
  const std::size_t jobs = list.size() * static_cast<std::size_t>(folds);
  ParallelFor(jobs, [&](std::size_t job) {
    const std::vector<int>& set = list[job / static_cast<std::size_t>(folds)];
    heads.CrossFit(set, static_cast<int>(job % static_cast<std::size_t>(folds)), space.outcomes.at(set));
    if (!options.progress) return;
    const std::lock_guard<std::mutex> lock(reporting);
    options.progress(++done, jobs);
  });
}

/// The sets of one slot. A head that is right less often than what fills the slot, as it came, gives way to one that
/// changes no answer.
void CrossFitSingles(const Outcomes& table, const StagedRows& rows, const LearnOptions& options, StagedHeads& heads,
                     SearchSpace& space) {
  WantedSets sets;
  for (int slot = 0; slot < static_cast<int>(space.slots.size()); ++slot) sets.insert({slot});
  CrossFit(heads, sets, rows.folds, options, space);
  std::erase_if(sets, [&](const std::vector<int>& set) {
    const std::vector<std::size_t>& picks = space.picks[static_cast<std::size_t>(set.front())];
    double gain = 0;
    for (std::size_t r = 0; r < space.rows; ++r) {
      const double as_it_came = table.UtilityOf(picks[r], rows.rows[r], options.top);
      gain += space.weights[r] * (space.outcomes.at(set).right[r] - as_it_came);
    }
    if (gain < 0) heads.KeepAnswersOf(set.front());
    return gain >= 0;
  });
  CrossFit(heads, sets, rows.folds, options, space);
}

/// `search` gives the points of a space whose sets of one slot are known; it may have others learned.
template <typename Search>
LearnedPolicy Learn(const Outcomes& table, const StagedRows& rows, std::vector<TableSlot> slots,
                    const LearnOptions& options, Search&& search) {
  const bool gated = std::any_of(slots.begin(), slots.end(), [](const TableSlot& slot) { return slot.gated(); });
  const std::vector<std::string> features = gated ? AffordableFeatures(table) : std::vector<std::string>();
  StagedHeads heads(table, rows, slots, features, options);
  SearchSpace space = SpaceOf(table, rows.Choosing(), std::move(slots), heads.Picks(), options.top);
  space.pooling = space.pooling && options.staged.pooling;
  space.features_ms = table.FeaturesCostMs(features);
  CrossFitSingles(table, rows, options, heads, space);
  const auto learn = [&](const WantedSets& sets) { CrossFit(heads, sets, rows.folds, options, space); };
  const ChosenPoints chosen = search(space, learn);
  LearnedPolicy learned = PlanStaged(table, rows, features, space, heads, chosen.points, options);
  std::vector<std::string> names;
  for (const OutcomeCandidate& candidate : table.candidates) names.push_back(candidate.name);
  if (chosen.nearest) learned.near_miss = Describe(space, *chosen.nearest, names);
  return learned;
}

}  // namespace

LearnedPolicy LearnStaged(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const StagedRows staged = StagedRowsOf(table, rows, options);
  return Learn(table, staged, ProposeSlots(table, staged.Choosing(), options), options,
               [&](const SearchSpace& space, const auto& learn) {
                 return ChoosePoints(space, GrowOrders(space, kMaxStages, options.staged.free_order, learn));
               });
}

LearnedPolicy LearnAdaptedSingle(const Outcomes& table, Rows rows, std::size_t candidate, const LearnOptions& options) {
  const StagedRows staged = StagedRowsOf(table, rows, options);
  return Learn(table, staged, {{{candidate}}}, options,
               [](const SearchSpace&, const auto&) { return ChosenPoints{{{"default", {{0}, {}}}}, {}}; });
}

}  // namespace amsel
