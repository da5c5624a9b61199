// Stopping on confidence with as little learning as there can be: pools of log-probabilities with equal weights
// (Genest & Zidek 1986), and the search of the staged policy (learn/stage_search.h) for order and thresholds.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "backend/canonical.h"
#include "base/nan_last.h"
#include "base/parallel.h"
#include "evaluate/doctor_policies.h"
#include "learn/stage_search.h"
#include "policy/head.h"

namespace amsel {
namespace {

constexpr std::size_t kMostCandidates = 8;
constexpr std::size_t kMostStages = 3;
constexpr std::size_t kNewSets = 40;  // of each size that are tried
constexpr double kAlike = 1.25;       // dearest by cheapest of candidates of about equal cost
constexpr double kFarLess = 0.10;     // in accuracy

using Members = std::vector<std::size_t>;  // sorted positions of candidates

/// What sets of candidates answer together, image by image; each is worked out once.
class Pools {
 public:
  explicit Pools(const DoctorTable& table) : table_(table) {}

  bool pooling() const { return table_.outputs.classes > 0; }
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
    SetOutcome outcome{table_.confidence[c], {}};
    outcome.right.assign(table_.singles[c].right.begin(), table_.singles[c].right.end());
    outcome.signal.resize(outcome.right.size(), 0);  // the same for all where it tells none
    return outcome;
  }

  SetOutcome Pooled(const Members& members) const {
    const auto classes = static_cast<std::size_t>(table_.outputs.classes);
    SetOutcome outcome;
    std::vector<float> sum(classes);
    std::vector<float> own(classes);
    for (std::size_t i = 0; i < table_.image_count(); ++i) {
      std::fill(sum.begin(), sum.end(), 0.0F);
      for (const std::size_t c : members) {
        table_.outputs.log_probs(c, i, own);
        for (std::size_t k = 0; k < classes; ++k) sum[k] += own[k] / static_cast<float>(members.size());
      }
      LogSoftmax(sum);
      outcome.signal.push_back(std::exp(sum[HighestOf(std::span<const float>(sum))]));
      const bool answered = std::any_of(members.begin(), members.end(),
                                        [&](std::size_t c) { return table_.singles[c].predicted[i] >= 0; });
      outcome.right.push_back(answered && RankOf(sum, table_.images.labels[i]) < table_.outputs.top ? 1 : 0);
    }
    return outcome;
  }

  const DoctorTable& table_;
  std::map<Members, SetOutcome> known_;
};

/// Candidates that are not far less accurate than one of about their cost or less, at most eight, by cost. Views only
/// where answers are pooled: alone they say what the candidate says.
Members StageCandidates(const DoctorTable& table, Rows rows, bool pooling) {
  std::vector<double> accuracy(table.candidate_count(), 0);
  double weight = 0;
  for (const std::size_t i : rows) {
    weight += table.images.weights[i];
    for (std::size_t c = 0; c < accuracy.size(); ++c)
      accuracy[c] += table.images.weights[i] * table.singles[c].right[i];
  }
  const auto takes_part = [&](std::size_t c) { return pooling || !table.is_view[c]; };
  Members kept;
  for (std::size_t c = 0; c < accuracy.size(); ++c) {
    double best = 0;
    for (std::size_t other = 0; other < accuracy.size(); ++other) {
      const bool rivals = takes_part(other) && table.CostMs(other) <= table.CostMs(c) * kAlike;
      if (rivals) best = std::max(best, accuracy[other]);
    }
    if (takes_part(c) && accuracy[c] >= best - kFarLess * weight) kept.push_back(c);
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [&](std::size_t a, std::size_t b) { return LowFirst(table.CostMs(a)) < LowFirst(table.CostMs(b)); });
  while (kept.size() > kMostCandidates) {  // the cheapest stays: it is where paths begin
    kept.erase(std::min_element(kept.begin() + 1, kept.end(), [&](std::size_t a, std::size_t b) {
      return HighFirst(accuracy[a]) < HighFirst(accuracy[b]);
    }));
  }
  return kept;
}

/// The search space of some images whose slots are `candidates`.
class Stages {
 public:
  Stages(const DoctorTable& table, Rows rows, const Members& candidates, Pools& pools)
      : rows_(rows), candidates_(candidates), pools_(pools) {
    space_.rows = rows.size();
    space_.pooling = pools.pooling();
    for (const std::size_t i : rows) {
      space_.weights.push_back(table.images.weights[i]);
      space_.groups.push_back(table.images.groups[i]);
    }
    space_.costs = table.costs;
    for (const std::size_t c : candidates) {
      space_.slots.push_back({{c}});
      space_.slot_costs_ms.push_back(table.CostMs(c));
      space_.picks.emplace_back(rows.size(), c);
    }
    const std::size_t best = SingleBest(table, rows);
    space_.best = best;
    space_.best_ms = table.CostMs(best);
    for (const std::size_t i : rows) space_.best_right.push_back(static_cast<float>(table.singles[best].right[i]));
  }

  const SearchSpace& space() const { return space_; }

  /// Makes known what orders do at each of their stages.
  void Know(const std::vector<std::vector<int>>& orders) {
    std::map<std::vector<int>, Members> wanted;
    for (const std::vector<int>& order : orders) {
      for (std::size_t stages = 1; stages <= order.size(); ++stages) {
        std::vector<int> set = SetOf(space_, order, stages);
        if (space_.outcomes.contains(set)) continue;
        Members members;
        for (const int slot : set) members.push_back(candidates_[static_cast<std::size_t>(slot)]);
        std::sort(members.begin(), members.end());
        wanted.emplace(std::move(set), std::move(members));
      }
    }
    std::vector<Members> sets;
    for (const auto& [set, members] : wanted) sets.push_back(members);
    pools_.Add(sets);
    for (const auto& [set, members] : wanted) {
      const SetOutcome& whole = pools_.Of(members);
      SetOutcome& part = space_.outcomes[set];
      for (const std::size_t i : rows_) {
        part.signal.push_back(whole.signal[i]);
        part.right.push_back(whole.right[i]);
      }
    }
  }

 private:
  Rows rows_;
  const Members& candidates_;
  Pools& pools_;
  SearchSpace space_;
};

ChosenPoints Search(Stages& stages) {
  std::vector<std::vector<int>> longest;
  for (int slot = 0; slot < static_cast<int>(stages.space().slots.size()); ++slot) longest.push_back({slot});
  std::vector<std::vector<int>> orders;
  for (std::size_t length = 1; length <= kMostStages && !longest.empty(); ++length) {
    stages.Know(longest);
    orders.insert(orders.end(), longest.begin(), longest.end());
    if (length < kMostStages) longest = LongerOrders(stages.space(), longest, false, kNewSets);
  }
  return ChoosePoints(stages.space(), orders);
}

/// What one point did over all folds, and what going on to each depth whatever the signal would have done.
struct Playing {
  PlayedPoint point;
  std::vector<int> stages;                    ///< per image
  std::vector<std::vector<double>> forced{};  ///< [stages − 1][image]: right
};

/// Plays a cascade on tested images.
void Play(const DoctorTable& table, const Stages& stages, const Cascade& cascade, const Members& candidates,
          Rows tested, Playing& playing) {
  const CascadeRun run = Play(stages.space(), cascade);
  for (std::size_t depth = 0; depth < kMostStages; ++depth) {
    const auto length = static_cast<std::ptrdiff_t>(std::min(depth + 1, cascade.slots.size()));
    const Cascade forced{{cascade.slots.begin(), cascade.slots.begin() + length},
                         std::vector<float>(static_cast<std::size_t>(length - 1), 2)};
    const CascadeRun forced_run = Play(stages.space(), forced);
    for (std::size_t r = 0; r < tested.size(); ++r) playing.forced[depth][tested[r]] = forced_run.right[r];
  }
  for (std::size_t r = 0; r < tested.size(); ++r) {
    const std::size_t i = tested[r];
    playing.point.right[i] = run.right[r];
    playing.point.cost_ms[i] = run.cost_ms[r];
    playing.stages[i] = run.stages[r];
    for (int s = 0; s < run.stages[r]; ++s) {
      const std::size_t c = candidates[static_cast<std::size_t>(cascade.slots[static_cast<std::size_t>(s)])];
      playing.point.shares[table.singles[c].name] += table.images.weights[i];
    }
  }
}

/// Shares of images, and the null: each image stops at each depth by the point's shares.
void Finish(const DoctorTable& table, Playing& playing) {
  double total = 0;
  std::vector<double> at_depth(kMostStages, 0);
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    total += table.images.weights[i];
    at_depth[static_cast<std::size_t>(playing.stages[i]) - 1] += table.images.weights[i];
  }
  for (auto& [name, share] : playing.point.shares) share /= total;
  playing.point.null_right.assign(table.image_count(), 0);
  for (std::size_t depth = 0; depth < kMostStages; ++depth) {
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      playing.point.null_right[i] += at_depth[depth] / total * playing.forced[depth][i];
    }
  }
}

/// Per image the cheapest set whose answer is right.
PlayedPoint PooledOracle(const DoctorTable& table, const Pools& pools) {
  std::vector<std::pair<double, const SetOutcome*>> sets;
  for (const auto& [members, outcome] : pools.known()) {
    const auto cost_of = [&](std::size_t c) { return table.costs[c]; };
    sets.emplace_back(TimeOfPath(std::span<const std::size_t>(members), true, cost_of), &outcome);
  }
  std::stable_sort(sets.begin(), sets.end(),
                   [](const auto& a, const auto& b) { return LowFirst(a.first) < LowFirst(b.first); });
  PlayedPoint oracle;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const auto found =
        std::find_if(sets.begin(), sets.end(), [&](const auto& set) { return set.second->right[i] > 0; });
    oracle.right.push_back(found == sets.end() ? 0 : 1);
    oracle.cost_ms.push_back((found == sets.end() ? sets.front() : *found).first);
  }
  return oracle;
}

/// By cascades that are chosen on all images.
std::optional<NearMiss> FindNearest(const DoctorTable& table, Pools& pools) {
  std::vector<std::size_t> all(table.image_count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Members candidates = StageCandidates(table, all, pools.pooling());
  Stages stages(table, all, candidates, pools);
  const std::optional<PlannedCascade> found = Search(stages).nearest;
  if (!found) return {};
  std::vector<std::string> names;
  for (const RowSamples& single : table.singles) names.push_back(single.name);
  return Describe(stages.space(), *found, names);
}

}  // namespace

PlayedStopping PlayStopping(const DoctorTable& table, const std::vector<int>& fold_of,
                            const std::function<void()>& done) {
  Pools pools(table);
  const std::size_t images = table.image_count();
  const std::string policy = pools.pooling() ? "pooled cascade" : "cascade";
  std::vector<Playing> playings;
  for (const char* name : {"balanced", "fast", "accurate"}) {
    playings.push_back({{policy, name, std::vector<double>(images), std::vector<double>(images), {}, {}},
                        std::vector<int>(images),
                        std::vector<std::vector<double>>(kMostStages, std::vector<double>(images))});
  }
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (int fold = 0; fold < folds; ++fold) {
    const std::vector<std::size_t> training = ImagesOf(fold_of, fold, false);
    const std::vector<std::size_t> tested = ImagesOf(fold_of, fold, true);
    const Members candidates = StageCandidates(table, training, pools.pooling());
    Stages on_training(table, training, candidates, pools);
    const std::vector<NamedCascade> points = Search(on_training).points;
    Stages on_tested(table, tested, candidates, pools);
    for (Playing& playing : playings) {
      const auto found = std::find_if(points.begin(), points.end(),
                                      [&](const NamedCascade& point) { return point.name == playing.point.point; });
      on_tested.Know({found->cascade.slots});
      Play(table, on_tested, found->cascade, candidates, tested, playing);
    }
    if (done) done();
  }
  PlayedStopping played;
  for (Playing& playing : playings) {
    Finish(table, playing);
    played.points.push_back(std::move(playing.point));
  }
  played.nearest = FindNearest(table, pools);
  if (pools.pooling()) played.pooled_oracle = PooledOracle(table, pools);
  return played;
}

}  // namespace amsel
