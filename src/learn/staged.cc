#include "learn/staged.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>

#include "backend/canonical.h"
#include "base/parallel.h"
#include "fit/fit_head.h"
#include "fit/fit_own_head.h"
#include "learn/cross_validate.h"
#include "learn/policy_common.h"
#include "learn/slots.h"
#include "learn/stage_search.h"
#include "policy/staged.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr int kMatrixClasses = 64;           // beyond, a matrix a slot has far more values than images can tell
constexpr int kNeverTested = -1;             // as the fold of rows that only fit
constexpr int kNone = -2;                    // the fold of no row
constexpr std::size_t kImagesPerClass = 20;  // fewer say nothing of a class's own scale

/// Cross-fits and fits everything that the search and the final policy are made from.
class StagedLearner {
 public:
  StagedLearner(const Outcomes& table, Rows rows, const LearnOptions& options, std::vector<TableSlot> slots)
      : table_(table), options_(options), slots_(std::move(slots)) {
    LearningRows parts = ForLearning(table, rows);
    choosing_ = parts.choose.size();
    rows_ = std::move(parts.choose);
    rows_.insert(rows_.end(), parts.fit.begin(), parts.fit.end());
    weights_ = WeightsOf(table_, rows_);
    for (const std::size_t i : rows_) labels_.push_back(table_.images[i].label);
    const bool gated = std::any_of(slots_.begin(), slots_.end(), [](const TableSlot& slot) { return slot.gated(); });
    if (gated) features_ = AffordableFeatures(table_);
    fold_of_ = FoldsOf(table_, Choosing(), options_.inner_folds, options_.seed);
    fold_of_.resize(rows_.size(), kNeverTested);
    FillParts();
    FillSpace();
    ChooseHeads();
  }

  LearnedPolicy Learn() {
    CrossFitSingles();
    const auto cross_fit = [&](const std::set<std::vector<int>>& sets) { CrossFit(sets); };
    const ChosenPoints chosen =
        ChoosePoints(space_, GrowOrders(space_, kMaxStages, options_.staged.free_order, cross_fit));
    LearnedPolicy learned = Build(chosen.points);
    std::vector<std::string> names;
    for (const OutcomeCandidate& candidate : table_.candidates) names.push_back(candidate.name);
    if (chosen.nearest) learned.near_miss = Describe(space_, *chosen.nearest, names);
    return learned;
  }

  LearnedPolicy LearnOnly() {
    CrossFitSingles();
    return Build({{"default", {{0}, {}}}});
  }

 private:
  int folds() const { return options_.inner_folds; }
  Rows Choosing() const { return Rows(rows_).first(choosing_); }
  /// parts_[f]: gates that have not seen fold f; the last: gates fitted on all rows.
  void FillParts() {
    parts_.resize(static_cast<std::size_t>(folds()) + 1);
    ParallelFor(parts_.size(), [&](std::size_t p) {
      const int fold = p < static_cast<std::size_t>(folds()) ? static_cast<int>(p) : kNone;
      parts_[p] = FillSlots(table_, rows_, slots_, features_, PositionsOutside(fold_of_, fold));
    });
  }

  /// The space that is searched, each row's slots filled by gates that have not seen it.
  void FillSpace() {
    std::vector<std::vector<std::size_t>> picks(slots_.size());
    for (std::size_t r = 0; r < choosing_; ++r) {
      const SlotOutputs& part = parts_[static_cast<std::size_t>(fold_of_[r])];
      for (std::size_t s = 0; s < slots_.size(); ++s) picks[s].push_back(part.picks[s][r]);
    }
    space_ = SpaceOf(table_, Choosing(), slots_, std::move(picks), options_.top);
    space_.pooling = space_.pooling && options_.staged.pooling;
    space_.features_ms = table_.FeaturesCostMs(features_);
  }

  HeadData DataOf(const SlotOutputs& part, const std::vector<int>& set) const {
    HeadData data{table_.classes(), {}, labels_, weights_};
    for (const int slot : set) data.outputs.emplace_back(part.log_probs[static_cast<std::size_t>(slot)]);
    return data;
  }

  Head Fit(const SlotOutputs& part, const std::vector<int>& set, const std::vector<std::size_t>& part_rows,
           const HeadOptions& options) const {
    std::vector<std::size_t> answered;  // what a candidate that failed stands for is nothing to learn from
    std::copy_if(part_rows.begin(), part_rows.end(), std::back_inserter(answered),
                 [&](std::size_t r) { return AnswersFor(table_, rows_, part, set, r) == set.size(); });
    if (options_.staged.learned_heads && space_.own_answers) return FitOwn(part, set.back(), answered);
    if (options_.staged.learned_heads && !answered.empty()) return FitHead(DataOf(part, set), set, answered, options);
    Head even;
    for (const int slot : set)
      even.maps.push_back({slot, HeadMap::Kind::kScalar, {1.0F / static_cast<float>(set.size())}});
    return even;
  }

  /// Of what fills the slot, how likely its own answer is right.
  Head FitOwn(const SlotOutputs& part, int slot, const std::vector<std::size_t>& answered) const {
    const auto at = static_cast<std::size_t>(slot);
    std::vector<float> right;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      right.push_back(static_cast<float>(table_.UtilityOf(part.picks[at][r], rows_[r], options_.top)));
    }
    return FitOwnHead({part.log_probs[at], right, weights_}, slot, answered);
  }

  /// What the head gives for row r.
  void Apply(const Head& head, const SlotOutputs& part, std::size_t r, std::span<float> out) const {
    std::vector<LogProbs> inputs;
    for (const HeadMap& map : head.maps) {
      inputs.push_back(
          std::span(part.log_probs[static_cast<std::size_t>(map.slot)])
              .subspan(r * static_cast<std::size_t>(table_.classes()), static_cast<std::size_t>(table_.classes())));
    }
    head.Apply(inputs, out);
  }

  /// Weighted log-loss of one family on one fold, for a set of slots.
  double FoldLoss(const std::vector<int>& set, int fold, const HeadOptions& options) const {
    const SlotOutputs& part = parts_[static_cast<std::size_t>(fold)];
    const Head head = Fit(part, set, PositionsOutside(fold_of_, fold), options);
    std::vector<float> out(static_cast<std::size_t>(table_.classes()));
    double loss = 0;
    for (const std::size_t r : PositionsIn(fold_of_, fold)) {
      Apply(head, part, r, out);
      loss -= space_.weights[r] * out[static_cast<std::size_t>(labels_[r])];
    }
    return loss;
  }

  /// The family with the least cross-fitted loss over one small and one large set.
  void ChooseHeads() {
    if (!options_.staged.learned_heads || space_.own_answers) return;
    std::vector<HeadOptions> families{{HeadFamily::kPool, 0}};
    const auto classes = static_cast<std::size_t>(table_.classes());
    if (rows_.size() >= kImagesPerClass * classes) families.push_back({HeadFamily::kVector, 300});
    if (table_.classes() <= kMatrixClasses) {
      for (const double ridge : {100.0, 300.0, 1000.0}) families.push_back({HeadFamily::kMatrix, ridge});
    }
    std::vector<int> all(std::min<std::size_t>(slots_.size(), 3));
    for (std::size_t s = 0; s < all.size(); ++s) all[s] = static_cast<int>(slots_.size() - all.size() + s);
    std::vector<std::vector<int>> sets{{0}};
    if (slots_.size() > 1) sets.push_back(all);
    std::vector<double> losses(families.size() * sets.size() * static_cast<std::size_t>(folds()), 0);
    ParallelFor(losses.size(), [&](std::size_t job) {
      const std::size_t family = job % families.size();
      const std::size_t rest = job / families.size();
      losses[job] = FoldLoss(sets[rest % sets.size()], static_cast<int>(rest / sets.size()), families[family]);
    });
    std::vector<double> totals(families.size(), 0);
    for (std::size_t job = 0; job < losses.size(); ++job) totals[job % families.size()] += losses[job];
    head_ = families[static_cast<std::size_t>(std::min_element(totals.begin(), totals.end()) - totals.begin())];
  }

  /// The sets of one slot. A head that is right less often than what fills the slot, as it came, gives way to one that
  /// changes no answer: a temperature.
  void CrossFitSingles() {
    single_heads_.assign(slots_.size(), head_);
    std::set<std::vector<int>> sets;
    for (int slot = 0; slot < static_cast<int>(slots_.size()); ++slot) sets.insert({slot});
    CrossFit(sets);
    std::erase_if(sets, [&](const std::vector<int>& set) {
      const auto slot = static_cast<std::size_t>(set.front());
      double gain = 0;
      for (std::size_t r = 0; r < choosing_; ++r) {
        const double as_it_came = table_.UtilityOf(space_.picks[slot][r], rows_[r], options_.top);
        gain += space_.weights[r] * (space_.outcomes.at(set).right[r] - as_it_came);
      }
      if (gain < 0) single_heads_[slot] = {HeadFamily::kPool, 0};
      return gain >= 0;
    });
    CrossFit(sets);
  }

  const HeadOptions& HeadOptionsOf(const std::vector<int>& set) const {
    return set.size() == 1 ? single_heads_[static_cast<std::size_t>(set.front())] : head_;
  }

  /// Fits the heads of all sets on each part and notes what they do with the rows that they have not seen.
  void CrossFit(const std::set<std::vector<int>>& sets) {
    const std::vector<std::vector<int>> list(sets.begin(), sets.end());
    for (const auto& set : list) {
      space_.outcomes[set] = {std::vector<float>(choosing_), std::vector<float>(choosing_),
                              std::vector<int>(choosing_)};
    }
    std::mutex reporting;
    std::size_t done = 0;
    const std::size_t jobs = list.size() * static_cast<std::size_t>(folds());
    ParallelFor(jobs, [&](std::size_t job) {
      CrossFitFold(list[job / static_cast<std::size_t>(folds())],
                   static_cast<int>(job % static_cast<std::size_t>(folds())));
      if (!options_.progress) return;
      const std::lock_guard<std::mutex> lock(reporting);
      options_.progress(++done, jobs);
    });
  }

  void CrossFitFold(const std::vector<int>& set, int fold) {
    const SlotOutputs& part = parts_[static_cast<std::size_t>(fold)];
    const Head head = Fit(part, set, PositionsOutside(fold_of_, fold), HeadOptionsOf(set));
    SetOutcome& outcome = space_.outcomes.at(set);
    std::vector<float> out(static_cast<std::size_t>(table_.classes()));
    for (const std::size_t r : PositionsIn(fold_of_, fold)) {
      if (AnswersFor(table_, rows_, part, set, r) == 0) {  // never right, and no reason to stop
        outcome.rank[r] = kNoAnswer;
        continue;
      }
      Apply(head, part, r, out);
      const auto answer = std::max_element(out.begin(), out.end());
      outcome.signal[r] =
          options_.staged.agreement ? Agreement(set, r, static_cast<int>(answer - out.begin())) : std::exp(*answer);
      const std::size_t last = space_.picks[static_cast<std::size_t>(set.back())][r];
      const int rank = space_.own_answers ? table_.Rank(last, rows_[r]) : RankOf(out, labels_[r]);
      outcome.right[r] = space_.own_answers    ? static_cast<float>(table_.UtilityOf(last, rows_[r], options_.top))
                         : rank < options_.top ? 1
                                               : 0;
      outcome.rank[r] = std::exp(*answer) < AbstainBelow() ? kNoAnswer : rank;
    }
  }

  float AbstainBelow() const {
    const double price = options_.staged.abstain_price;
    return price > 0 ? static_cast<float>(1 - price) : 0;
  }

  float Agreement(const std::vector<int>& set, std::size_t r, int answer) const {
    if (set.size() < 2) return 0;
    int agree = 0;
    for (const int slot : set) {
      agree += table_.TopClassOf(space_.picks[static_cast<std::size_t>(slot)][r], rows_[r]) == answer ? 1 : 0;
    }
    return static_cast<float>(agree) / static_cast<float>(set.size());
  }

  LearnedPolicy Build(const std::vector<NamedCascade>& points);
  void AddTree(const NamedCascade& point, const CascadeRun& run, StagedPlan& plan,
               std::map<std::vector<int>, int>& heads);
  std::vector<Head> FitHeads(const std::map<std::vector<int>, int>& heads) const;

  const Outcomes& table_;
  std::vector<std::size_t> rows_;  ///< those that choose, which the space is over, then those that only fit
  std::size_t choosing_ = 0;
  const LearnOptions& options_;
  std::vector<TableSlot> slots_;
  std::vector<std::string> features_;
  std::vector<int> labels_;
  std::vector<double> weights_;
  std::vector<int> fold_of_;
  std::vector<SlotOutputs> parts_;
  HeadOptions head_;                       ///< of sets of slots
  std::vector<HeadOptions> single_heads_;  ///< of each slot alone
  SearchSpace space_;
};

/// Nodes of one point: a chain of its stages.
void StagedLearner::AddTree(const NamedCascade& point, const CascadeRun& run, StagedPlan& plan,
                            std::map<std::vector<int>, int>& heads) {
  const std::vector<int>& order = point.cascade.slots;
  plan.roots.push_back(static_cast<int>(plan.nodes.size()));
  for (std::size_t s = 0; s < order.size(); ++s) {
    double here = 0;
    double here_right = 0;
    double on = 0;
    double on_right = 0;
    for (std::size_t r = 0; r < choosing_; ++r) {
      const bool ends = run.stages[r] == static_cast<int>(s) + 1;
      const bool goes_on = run.stages[r] > static_cast<int>(s) + 1;
      here += ends ? space_.weights[r] : 0;
      here_right += ends ? space_.weights[r] * run.right[r] : 0;
      on += goes_on ? space_.weights[r] : 0;
      on_right += goes_on ? space_.weights[r] * run.right[r] : 0;
    }
    const std::vector<int> set = SetOf(space_, order, s + 1);
    StageNode node{order[s],
                   heads.emplace(set, static_cast<int>(heads.size())).first->second,
                   static_cast<float>(here > 0 ? here_right / here : 0),
                   {}};
    if (s + 1 < order.size()) {
      node.branches.push_back({point.cascade.below[s], static_cast<int>(plan.nodes.size()) + 1,
                               static_cast<float>(on > 0 ? on_right / on : 0)});
    }
    plan.nodes.push_back(std::move(node));
  }
}

/// Fitted on all rows.
std::vector<Head> StagedLearner::FitHeads(const std::map<std::vector<int>, int>& heads) const {
  std::vector<std::vector<int>> sets(heads.size());
  for (const auto& [set, head] : heads) sets[static_cast<std::size_t>(head)] = set;
  std::vector<Head> fitted(sets.size());
  const std::vector<std::size_t> everything = PositionsOutside(fold_of_, kNone);
  ParallelFor(sets.size(),
              [&](std::size_t h) { fitted[h] = Fit(parts_.back(), sets[h], everything, HeadOptionsOf(sets[h])); });
  return fitted;
}

LearnedPolicy StagedLearner::Build(const std::vector<NamedCascade>& points) {
  LearnedPolicy learned;
  StagedPlan plan;
  std::map<std::vector<int>, int> heads;  // by set, in the order of first use
  std::vector<std::string> names;
  for (const NamedCascade& point : points) {
    const CascadeRun run = Play(space_, point.cascade);
    const auto same = std::find_if(points.begin(), points.end(),
                                   [&](const NamedCascade& other) { return other.cascade == point.cascade; });
    const auto first = static_cast<std::size_t>(same - points.begin());
    if (first < plan.roots.size()) {
      plan.roots.push_back(plan.roots[first]);
    } else {
      AddTree(point, run, plan, heads);
    }
    names.push_back(point.name);
    learned.cross_fitted.push_back(RunsOf(space_, point.cascade, run));
  }
  // Each slot in use also gets a head of its own, for answers after a failure.
  std::set<int> used;
  for (const StageNode& node : plan.nodes) used.insert(node.slot);
  for (const int slot : used) heads.emplace(std::vector<int>{slot}, static_cast<int>(heads.size()));
  plan.heads = FitHeads(heads);

  std::set<std::size_t> members{space_.best};
  for (const int slot : used)
    members.insert(slots_[static_cast<std::size_t>(slot)].members.begin(),
                   slots_[static_cast<std::size_t>(slot)].members.end());
  learned.candidates.assign(members.begin(), members.end());
  std::map<int, int> renumbered;
  for (const int slot : used) {
    renumbered[slot] = static_cast<int>(plan.slots.size());
    const TableSlot& from = slots_[static_cast<std::size_t>(slot)];
    Slot to;
    for (const std::size_t c : from.members) {
      to.members.push_back(static_cast<CandidateId>(std::find(learned.candidates.begin(), learned.candidates.end(), c) -
                                                    learned.candidates.begin()));
    }
    if (from.gated()) {
      to.gate = static_cast<int>(plan.gates.size());
      plan.gates.push_back(parts_.back().gates[static_cast<std::size_t>(slot)]);
    }
    plan.slots.push_back(std::move(to));
  }
  for (StageNode& node : plan.nodes) node.slot = renumbered.at(node.slot);
  for (Head& head : plan.heads) {
    for (HeadMap& map : head.maps) map.slot = renumbered.at(map.slot);
  }
  if (options_.staged.agreement) plan.signal = StopSignal::kAgreement;
  plan.abstain_below = AbstainBelow();
  PolicyCommon common = CommonFacts(table_, rows_, learned.candidates, options_);
  if (!plan.gates.empty()) common.feature_names = features_;
  common.operating_points = std::move(names);
  learned.policy = std::make_shared<StagedPolicy>(std::move(common), std::move(plan));
  return learned;
}

}  // namespace

LearnedPolicy LearnStaged(const Outcomes& table, Rows rows, const LearnOptions& options) {
  const LearningRows parts = ForLearning(table, rows);
  return StagedLearner(table, rows, options, ProposeSlots(table, parts.choose, options)).Learn();
}

LearnedPolicy LearnAdaptedSingle(const Outcomes& table, Rows rows, std::size_t candidate, const LearnOptions& options) {
  return StagedLearner(table, rows, options, {{{candidate}}}).LearnOnly();
}

}  // namespace amsel
