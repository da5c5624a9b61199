#include "learn/staged_heads.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "backend/canonical.h"
#include "base/parallel.h"
#include "fit/fit_own_head.h"
#include "learn/cross_validate.h"
#include "policy/staged.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr int kMatrixClasses = 64;           // beyond, a matrix a slot has far more values than images can tell
constexpr int kNeverTested = -1;             // as the fold of rows that only fit
constexpr int kNone = -2;                    // the fold of no row
constexpr std::size_t kImagesPerClass = 20;  // fewer say nothing of a class's own scale

}  // namespace

StagedRows StagedRowsOf(const Outcomes& table, Rows rows, const LearnOptions& options) {
  LearningRows parts = ForLearning(table, rows);
  StagedRows staged{.rows = std::move(parts.choose), .choosing = 0, .labels = {}, .weights = {}, .fold_of = {}};
  staged.choosing = staged.rows.size();
  staged.folds = options.inner_folds;
  staged.fold_of = FoldsOf(table, staged.rows, options.inner_folds, options.seed);
  staged.rows.insert(staged.rows.end(), parts.fit.begin(), parts.fit.end());
  staged.fold_of.resize(staged.rows.size(), kNeverTested);
  staged.weights = WeightsOf(table, staged.rows);
  for (const std::size_t i : staged.rows) staged.labels.push_back(table.images[i].label);
  return staged;
}

float AbstainBelow(const StagedOptions& options) {
  return options.abstain_price > 0 ? static_cast<float>(1 - options.abstain_price) : 0;
}

StagedHeads::StagedHeads(const Outcomes& table, const StagedRows& rows, const std::vector<TableSlot>& slots,
                         const std::vector<std::string>& features, const LearnOptions& options)
    : table_(table), rows_(rows), options_(options), parts_(static_cast<std::size_t>(rows.folds) + 1) {
  ParallelFor(parts_.size(), [&](std::size_t p) {
    const int fold = p + 1 < parts_.size() ? static_cast<int>(p) : kNone;
    parts_[p] = FillSlots(table, rows.rows, slots, features, PositionsOutside(rows.fold_of, fold));
  });
  if (options.staged.learned_heads && table.HasOutputs()) family_ = BestFamily();
  families_.assign(slots.size(), family_);
}

std::vector<std::vector<std::size_t>> StagedHeads::Picks() const {
  std::vector<std::vector<std::size_t>> picks(families_.size());
  for (std::size_t r = 0; r < rows_.choosing; ++r) {
    const SlotOutputs& part = parts_[static_cast<std::size_t>(rows_.fold_of[r])];
    for (std::size_t s = 0; s < picks.size(); ++s) picks[s].push_back(part.picks[s][r]);
  }
  return picks;
}

Head StagedHeads::Fit(const SlotOutputs& part, const std::vector<int>& set, const std::vector<std::size_t>& part_rows,
                      const HeadOptions& options) const {
  std::vector<std::size_t> answered;  // what a candidate that failed stands for is nothing to learn from
  std::copy_if(part_rows.begin(), part_rows.end(), std::back_inserter(answered),
               [&](std::size_t r) { return AnswersFor(table_, rows_.rows, part, set, r) == set.size(); });
  if (options_.staged.learned_heads && !table_.HasOutputs()) return FitOwn(part, set.back(), answered);
  if (options_.staged.learned_heads && !answered.empty()) {
    HeadData data{table_.classes(), {}, rows_.labels, rows_.weights};
    for (const int slot : set) data.outputs.emplace_back(part.log_probs[static_cast<std::size_t>(slot)]);
    return FitHead(data, set, answered, options);
  }
  Head even;
  for (const int slot : set) {
    even.maps.push_back({slot, HeadMap::Kind::kScalar, {1.0F / static_cast<float>(set.size())}});
  }
  return even;
}

/// Of what fills the slot, how likely its own answer is right.
Head StagedHeads::FitOwn(const SlotOutputs& part, int slot, const std::vector<std::size_t>& answered) const {
  const auto at = static_cast<std::size_t>(slot);
  std::vector<float> right;
  for (std::size_t r = 0; r < rows_.rows.size(); ++r) {
    right.push_back(static_cast<float>(table_.UtilityOf(part.picks[at][r], rows_.rows[r], options_.top)));
  }
  return FitOwnHead({part.log_probs[at], right, rows_.weights}, slot, answered);
}

/// What the head gives for row r.
void StagedHeads::Apply(const Head& head, const SlotOutputs& part, std::size_t r, std::span<float> out) const {
  std::vector<LogProbs> inputs;
  for (const HeadMap& map : head.maps) {
    inputs.push_back(std::span(part.log_probs[static_cast<std::size_t>(map.slot)]).subspan(r * out.size(), out.size()));
  }
  head.Apply(inputs, out);
}

/// Weighted log-loss of one family on one fold, for a set of slots.
double StagedHeads::FoldLoss(const std::vector<int>& set, int fold, const HeadOptions& options) const {
  const SlotOutputs& part = parts_[static_cast<std::size_t>(fold)];
  const Head head = Fit(part, set, PositionsOutside(rows_.fold_of, fold), options);
  std::vector<float> out(static_cast<std::size_t>(table_.classes()));
  double loss = 0;
  for (const std::size_t r : PositionsIn(rows_.fold_of, fold)) {
    Apply(head, part, r, out);
    loss -= rows_.weights[r] * out[static_cast<std::size_t>(rows_.labels[r])];
  }
  return loss;
}

/// The one with the least cross-fitted loss over one small and one large set.
HeadOptions StagedHeads::BestFamily() const {
  const std::size_t slots = parts_.back().picks.size();
  std::vector<HeadOptions> families{{HeadFamily::kPool, 0}};
  if (rows_.rows.size() >= kImagesPerClass * static_cast<std::size_t>(table_.classes())) {
    families.push_back({HeadFamily::kVector, 300});
  }
  if (table_.classes() <= kMatrixClasses) {
    for (const double ridge : {100.0, 300.0, 1000.0}) families.push_back({HeadFamily::kMatrix, ridge});
  }
  std::vector<int> all(std::min<std::size_t>(slots, 3));
  for (std::size_t s = 0; s < all.size(); ++s) all[s] = static_cast<int>(slots - all.size() + s);
  std::vector<std::vector<int>> sets{{0}};
  if (slots > 1) sets.push_back(all);
  std::vector<double> losses(families.size() * sets.size() * static_cast<std::size_t>(rows_.folds), 0);
  ParallelFor(losses.size(), [&](std::size_t job) {
    const std::size_t family = job % families.size();
    const std::size_t rest = job / families.size();
    losses[job] = FoldLoss(sets[rest % sets.size()], static_cast<int>(rest / sets.size()), families[family]);
  });
  std::vector<double> totals(families.size(), 0);
  for (std::size_t job = 0; job < losses.size(); ++job) totals[job % families.size()] += losses[job];
  return families[static_cast<std::size_t>(std::min_element(totals.begin(), totals.end()) - totals.begin())];
}

void StagedHeads::KeepAnswersOf(int slot) {
  families_[static_cast<std::size_t>(slot)] = {HeadFamily::kPool, 0};
}

const HeadOptions& StagedHeads::FamilyOf(const std::vector<int>& set) const {
  return set.size() == 1 ? families_[static_cast<std::size_t>(set.front())] : family_;
}

void StagedHeads::CrossFit(const std::vector<int>& set, int fold, SetOutcome& outcome) const {
  const SlotOutputs& part = parts_[static_cast<std::size_t>(fold)];
  const Head head = Fit(part, set, PositionsOutside(rows_.fold_of, fold), FamilyOf(set));
  std::vector<float> out(static_cast<std::size_t>(table_.classes()));
  for (const std::size_t r : PositionsIn(rows_.fold_of, fold)) {
    if (AnswersFor(table_, rows_.rows, part, set, r) == 0) {  // never right, and no reason to stop
      outcome.rank[r] = kNoAnswer;
      continue;
    }
    Apply(head, part, r, out);
    const auto answer = std::max_element(out.begin(), out.end());
    outcome.signal[r] =
        options_.staged.agreement ? Agreement(part, set, r, static_cast<int>(answer - out.begin())) : std::exp(*answer);
    const std::size_t last = part.picks[static_cast<std::size_t>(set.back())][r];
    const bool own = !table_.HasOutputs();
    const int rank = own ? table_.Rank(last, rows_.rows[r]) : RankOf(out, rows_.labels[r]);
    outcome.right[r] = own                   ? static_cast<float>(table_.UtilityOf(last, rows_.rows[r], options_.top))
                       : rank < options_.top ? 1
                                             : 0;
    outcome.rank[r] = std::exp(*answer) < AbstainBelow(options_.staged) ? kNoAnswer : rank;
  }
}

float StagedHeads::Agreement(const SlotOutputs& part, const std::vector<int>& set, std::size_t r, int answer) const {
  if (set.size() < 2) return 0;
  const auto agrees = [&](int slot) {
    return table_.TopClassOf(part.picks[static_cast<std::size_t>(slot)][r], rows_.rows[r]) == answer;
  };
  return static_cast<float>(std::count_if(set.begin(), set.end(), agrees)) / static_cast<float>(set.size());
}

Head StagedHeads::FitOnAll(const std::vector<int>& set) const {
  return Fit(parts_.back(), set, PositionsOutside(rows_.fold_of, kNone), FamilyOf(set));
}

}  // namespace amsel
