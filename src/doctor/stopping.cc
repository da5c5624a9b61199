// Stopping on confidence with as little learning as there can be: pools of log-probabilities with equal weights
// (Genest & Zidek 1986), and the search of the staged policy (learn/stage_search.h) for order and thresholds.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "backend/canonical.h"
#include "base/nan_last.h"
#include "base/parallel.h"
#include "doctor/policies.h"
#include "evaluate/rows.h"
#include "learn/cross_validate.h"
#include "learn/slots.h"
#include "learn/stage_search.h"
#include "policy/head.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr std::size_t kMostCandidates = 8;
constexpr int kMostStages = 3;

using Members = std::vector<std::size_t>;  // sorted positions of candidates

/// What sets of candidates answer together, image by image; each is worked out once.
class Pools {
 public:
  explicit Pools(const Subject& subject) : subject_(subject), table_(subject.table) {}

  const std::map<Members, SetOutcome>& known() const { return known_; }
  const SetOutcome& Of(const Members& members) const { return known_.at(members); }

  /// Works out what is not known yet.
  void Add(const std::vector<Members>& sets) {
    std::vector<std::pair<const Members*, SetOutcome*>> fresh;
    for (const Members& set : sets) {
      const auto [it, is_fresh] = known_.try_emplace(set);
      if (is_fresh) fresh.emplace_back(&it->first, &it->second);
    }
    ParallelFor(fresh.size(), [&](std::size_t n) {
      *fresh[n].second = fresh[n].first->size() == 1 ? Single(fresh[n].first->front()) : Pooled(*fresh[n].first);
    });
  }

 private:
  SetOutcome Single(std::size_t c) const {
    SetOutcome outcome{table_.ConfidencesOf(c, subject_.rows), {}};
    outcome.right.assign(subject_.singles[c].right.begin(), subject_.singles[c].right.end());
    outcome.signal.resize(outcome.right.size(), 0);  // the same for all where it tells none
    return outcome;
  }

  SetOutcome Pooled(const Members& members) const {
    const auto classes = static_cast<std::size_t>(table_.classes());
    SetOutcome outcome;
    std::vector<float> sum(classes);
    std::vector<float> own(classes);
    for (const std::size_t i : subject_.rows) {
      std::fill(sum.begin(), sum.end(), 0.0F);
      for (const std::size_t c : members) {
        table_.LogProbsOf(c, i, own);
        for (std::size_t k = 0; k < classes; ++k) sum[k] += own[k] / static_cast<float>(members.size());
      }
      LogSoftmax(sum);
      outcome.signal.push_back(std::exp(sum[HighestOf(std::span<const float>(sum))]));
      const bool answered =
          std::any_of(members.begin(), members.end(), [&](std::size_t c) { return !table_.Failed(c, i); });
      outcome.right.push_back(answered && RankOf(sum, table_.images[i].label) < subject_.top ? 1 : 0);
    }
    return outcome;
  }

  const Subject& subject_;
  const Outcomes& table_;
  std::map<Members, SetOutcome> known_;
};

/// The search space of the images at some positions.
class Staging {
 public:
  Staging(const Subject& subject, std::vector<std::size_t> positions, const Members& candidates, Pools& pools)
      : positions_(std::move(positions)), candidates_(candidates), pools_(pools) {
    std::vector<TableSlot> slots;
    std::vector<std::vector<std::size_t>> picks;
    for (const std::size_t c : candidates) {
      slots.push_back({{c}});
      picks.emplace_back(positions_.size(), c);
    }
    const std::vector<std::size_t> rows = RowsAt(subject.rows, positions_);
    space_ = SpaceOf(subject.table, rows, std::move(slots), std::move(picks), subject.top);
  }

  const SearchSpace& space() const { return space_; }

  ChosenPoints Search() {
    const auto know = [&](const WantedSets& sets) { Know(sets); };
    return ChoosePoints(space_, GrowOrders(space_, kMostStages, false, know));
  }

  void Know(const WantedSets& sets) {
    std::vector<Members> members;
    for (const std::vector<int>& set : sets) {
      Members& own = members.emplace_back();
      for (const int slot : set) own.push_back(candidates_[static_cast<std::size_t>(slot)]);
      std::sort(own.begin(), own.end());
    }
    pools_.Add(members);
    auto own = members.begin();
    for (const std::vector<int>& set : sets) {
      const SetOutcome& whole = pools_.Of(*own++);
      SetOutcome& part = space_.outcomes[set];
      for (const std::size_t r : positions_) {
        part.signal.push_back(whole.signal[r]);
        part.right.push_back(whole.right[r]);
      }
    }
  }

 private:
  std::vector<std::size_t> positions_;
  const Members& candidates_;
  Pools& pools_;
  SearchSpace space_;
};

Members CandidatesOn(const Subject& subject, Rows rows) {  // views alone say what the candidate says
  return StageCandidates(subject.table, rows, subject.top, kMostCandidates, subject.table.HasOutputs());
}

/// What one point did over all folds, and what going on to each depth whatever the signal would have done.
struct Playing {
  RowSamples row;
  std::vector<std::size_t> stages{};  ///< [r]: less one
  std::vector<RowSamples> forced{};   ///< [stages − 1]: right and latency_ms
};

Playing Start(const std::string& policy, const std::string& point, std::size_t images) {
  RowSamples empty{.name = policy, .kind = "cascade", .operating_point = point};
  for (std::vector<double>* values : {&empty.right, &empty.right_top5, &empty.latency_ms}) values->resize(images);
  return {empty, std::vector<std::size_t>(images), std::vector<RowSamples>(kMostStages, empty)};
}

/// Plays a cascade on the images at these positions.
void Play(const Subject& subject, const Staging& stages, const Cascade& cascade, const Members& candidates,
          const std::vector<std::size_t>& tested, const std::vector<double>& each, Playing& playing) {
  const CascadeRun run = Play(stages.space(), cascade);
  for (std::size_t depth = 0; depth < playing.forced.size(); ++depth) {
    const auto length = static_cast<std::ptrdiff_t>(std::min(depth + 1, cascade.slots.size()));
    const Cascade forced{{cascade.slots.begin(), cascade.slots.begin() + length},
                         std::vector<float>(static_cast<std::size_t>(length - 1), 2)};
    const CascadeRun forced_run = Play(stages.space(), forced);
    for (std::size_t n = 0; n < tested.size(); ++n) {
      playing.forced[depth].right[tested[n]] = forced_run.right[n];
      playing.forced[depth].latency_ms[tested[n]] = forced_run.cost_ms[n];
    }
  }
  for (std::size_t n = 0; n < tested.size(); ++n) {
    const std::size_t r = tested[n];
    playing.row.right[r] = run.right[n];
    playing.row.latency_ms[r] = run.cost_ms[n];
    playing.stages[r] = static_cast<std::size_t>(run.stages[n]) - 1;
    for (std::size_t s = 0; s <= playing.stages[r]; ++s) {
      const std::size_t c = candidates[static_cast<std::size_t>(cascade.slots[s])];
      playing.row.shares[subject.table.candidates[c].name] += each[r];
    }
  }
}

/// Per image the cheapest set whose answer is right.
RowSamples PooledOracle(const Subject& subject, const Pools& pools) {
  std::vector<std::pair<double, const SetOutcome*>> sets;
  for (const auto& [members, outcome] : pools.known()) sets.emplace_back(subject.table.MeanPathMs(members), &outcome);
  std::stable_sort(sets.begin(), sets.end(),
                   [](const auto& a, const auto& b) { return LowFirst(a.first) < LowFirst(b.first); });
  RowSamples oracle;
  for (std::size_t r = 0; r < subject.rows.size(); ++r) {
    const auto found =
        std::find_if(sets.begin(), sets.end(), [&](const auto& set) { return set.second->right[r] > 0; });
    oracle.right.push_back(found == sets.end() ? 0 : 1);
    oracle.latency_ms.push_back((found == sets.end() ? sets.front() : *found).first);
  }
  return oracle;
}

/// By cascades that are chosen on all images.
std::optional<NearMiss> FindNearest(const Subject& subject, Pools& pools) {
  const Members candidates = CandidatesOn(subject, subject.rows);
  std::vector<std::size_t> all(subject.rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Staging stages(subject, std::move(all), candidates, pools);
  const std::optional<PlannedCascade> found = stages.Search().nearest;
  if (!found) return {};
  std::vector<std::string> names;
  for (const OutcomeCandidate& candidate : subject.table.candidates) names.push_back(candidate.name);
  return Describe(stages.space(), *found, names);
}

}  // namespace

PlayedStopping PlayStopping(const Subject& subject, const std::vector<int>& fold_of,
                            const std::function<void()>& done) {
  Pools pools(subject);
  const std::string policy = subject.table.HasOutputs() ? "pooled cascade" : "cascade";
  const std::vector<double> each = ImageShares(subject.images.weights);
  std::vector<Playing> playings;
  for (const char* point : {kBalancedPoint, kFastPoint, kAccuratePoint}) {
    playings.push_back(Start(policy, point, subject.rows.size()));
  }
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (int fold = 0; fold < folds; ++fold) {
    const Members candidates = CandidatesOn(subject, RowsOutside(subject.rows, fold_of, fold));
    Staging on_training(subject, PositionsOutside(fold_of, fold), candidates, pools);
    const std::vector<NamedCascade> points = on_training.Search().points;
    const std::vector<std::size_t> tested = PositionsIn(fold_of, fold);
    Staging on_tested(subject, tested, candidates, pools);
    for (Playing& playing : playings) {
      const auto found = std::find_if(points.begin(), points.end(), [&](const NamedCascade& point) {
        return point.name == playing.row.operating_point;
      });
      on_tested.Know(UnknownSets(on_tested.space(), {found->cascade.slots}));
      Play(subject, on_tested, found->cascade, candidates, tested, each, playing);
    }
    if (done) done();
  }
  PlayedStopping played;
  for (Playing& playing : playings) {
    RowSamples null = RandomStopRow(playing.row, playing.forced, playing.stages, each);
    played.points.push_back({std::move(playing.row), std::move(null)});
  }
  played.nearest = FindNearest(subject, pools);
  if (subject.table.HasOutputs()) played.pooled_oracle = PooledOracle(subject, pools);
  return played;
}

}  // namespace amsel
