// The margin of two probabilities is the classic signal of a cascade (Park et al. 2015, "Big/little deep neural network
// for ultra low power inference"), equal weights the classic pool of log-probabilities (Genest & Zidek 1986). All
// ordered pairs are tried: what two candidates answer together is worked out once for all images, rows are sorted by
// margin once a candidate, and each pair is one pass over them.
#include "learn/textbook.h"

#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "base/nan_last.h"
#include "base/parallel.h"
#include "policy/head.h"
#include "stats/bootstrap.h"
#include "stats/folds.h"

namespace amsel {
namespace {

constexpr float kFailed = -1;    // a margin below any threshold
constexpr float kNeverSure = 2;  // a threshold above any margin
constexpr double kSlack = 1e-9;  // of a time, for sums in another order
constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr float kAlwaysSure = 0;  // of whatever it answers

/// The mean time of a point on the rows that it was chosen on.
double PlannedMs(const Outcomes& table, Rows rows, const LearnedPolicy& learned, std::size_t point) {
  std::vector<double> times;
  if (!learned.cross_fitted.empty()) {
    for (const SimulatedRun& run : learned.cross_fitted[point]) times.push_back(run.latency_ms);
  } else {
    Simulator simulator(table, learned, static_cast<int>(point));
    for (const std::size_t i : rows) times.push_back(simulator.Run(i).latency_ms);
  }
  return WeightedMean(times, WeightsOf(table, rows));
}

}  // namespace

/// The best so far.
struct Textbook::Found {
  TextbookCascade cascade{};
  double worth = kNothing;
  double mean_ms = 0;

  void Offer(const Found& other) {
    if (other.worth > worth || (other.worth == worth && other.mean_ms < mean_ms)) *this = other;
  }
};

Textbook::Textbook(const Outcomes& table, int top)
    : table_(table),
      top_(top),
      margins_(table.candidate_count()),
      pools_(table, AllCandidates(table), AllRows(table), top) {
  const std::vector<std::size_t> all = AllRows(table);
  ParallelFor(margins_.size(), [&](std::size_t c) {
    margins_[c] = table.MarginsOf(c, all);
    for (const std::size_t i : all) {
      if (table.Failed(c, i)) margins_[c][i] = kFailed;
    }
  });
}

void Textbook::TryPair(Rows rows, const std::vector<std::size_t>& surest_first, TextbookCascade pair,
                       const TextbookAim& aim, Found& found) const {
  const std::vector<float>& margins = margins_[pair.first];
  const PairPools::Pair pooled = pools_.Of(pair.first, pair.second);
  const std::size_t path[] = {pair.first, pair.second};
  const double alone_ms = table_.MeanPathMs(std::span(path).first(1));
  const double both_ms = table_.MeanPathMs(path);
  double total = 0;
  double right = 0;
  for (const std::size_t i : rows) {
    total += table_.images[i].weight;
    right += pooled.Right(i) ? table_.images[i].weight : 0;
  }
  double sure = 0;  // weight of the rows that stop
  const auto offer = [&](float least_margin) {
    const double mean_ms = both_ms - sure / total * (both_ms - alone_ms);
    if (mean_ms > aim.most_ms * (1 + kSlack)) return;
    found.Offer({{pair.first, pair.second, least_margin}, right / total - aim.price_per_ms * mean_ms, mean_ms});
  };
  offer(kNeverSure);
  for (std::size_t n = 0; n < surest_first.size() && margins[surest_first[n]] != kFailed; ++n) {
    const std::size_t i = surest_first[n];
    const double weight = table_.images[i].weight;
    sure += weight;
    right += weight * ((table_.Right(pair.first, i, top_) ? 1 : 0) - (pooled.Right(i) ? 1 : 0));
    const float next = n + 1 < surest_first.size() ? margins[surest_first[n + 1]] : kFailed;
    if (next == margins[i]) continue;
    const float middle = next + (margins[i] - next) / 2;
    offer(next == kFailed ? kAlwaysSure : middle > next ? middle : margins[i]);  // between neighbours is none
  }
}

TextbookCascade Textbook::Choose(Rows rows, const TextbookAim& aim) const {
  const std::size_t count = table_.candidate_count();
  std::vector<Found> found(count);  // by first candidate
  ParallelFor(count, [&](std::size_t first) {
    std::vector<std::size_t> surest_first(rows.begin(), rows.end());
    std::stable_sort(surest_first.begin(), surest_first.end(), [&](std::size_t a, std::size_t b) {
      return HighFirst(margins_[first][a]) > HighFirst(margins_[first][b]);
    });
    for (std::size_t second = 0; second < count; ++second) {
      if (second != first) TryPair(rows, surest_first, {first, second, kAlwaysSure}, aim, found[first]);
    }
  });
  Found best;
  for (const Found& one : found) best.Offer(one);
  if (best.worth > kNothing) return best.cascade;
  std::size_t cheapest = 0;
  for (std::size_t c = 1; c < count; ++c) {
    if (table_.MeanCostMs(c) < table_.MeanCostMs(cheapest)) cheapest = c;
  }
  return {cheapest, cheapest, kAlwaysSure};
}

SimulatedRun Textbook::Run(const TextbookCascade& cascade, std::size_t i) const {
  SimulatedRun run;
  run.path = {cascade.first};
  std::vector<float> answer(static_cast<std::size_t>(table_.classes()));
  table_.LogProbsOf(cascade.first, i, answer);
  if (cascade.second != cascade.first && margins_[cascade.first][i] < cascade.least_margin) {
    run.path.push_back(cascade.second);
    std::vector<float> other(answer.size());
    table_.LogProbsOf(cascade.second, i, other);
    for (std::size_t k = 0; k < answer.size(); ++k) answer[k] = (answer[k] + other[k]) / 2;
  }
  run.latency_ms = table_.PathMs(run.path, i);
  const bool answered =
      std::any_of(run.path.begin(), run.path.end(), [&](std::size_t c) { return !table_.Failed(c, i); });
  if (!answered) {
    run.rank = kNoAnswer;
    return run;
  }
  run.rank = RankOf(answer, table_.images[i].label);
  run.predicted = TopClass(answer);
  LogSoftmax(answer);
  run.probability = std::exp(answer[static_cast<std::size_t>(run.predicted)]);
  return run;
}

std::vector<PointValidation> PlayTextbook(const Outcomes& table, Rows rows, const CrossValidation& validation,
                                          Rows always, int top) {
  std::vector<PointValidation> played;
  for (const PointValidation& point : validation.points) {
    played.push_back({point.name, std::vector<SimulatedRun>(rows.size()), {}});
  }
  const Textbook textbook(table, top);
  for (std::size_t fold = 0; fold < validation.learned.size(); ++fold) {
    const LearnedPolicy& learned = validation.learned[fold];
    const std::vector<std::size_t> outside = RowsOutside(rows, validation.fold_of, static_cast<int>(fold), always);
    const std::vector<std::size_t> training = ForLearning(table, outside).choose;
    const std::vector<std::string>& names = learned.policy->operating_points();
    for (PointValidation& point : played) {
      const auto at = std::find(names.begin(), names.end(), point.name);
      const auto own = at == names.end() ? std::size_t{0} : static_cast<std::size_t>(at - names.begin());
      const TextbookCascade chosen = textbook.Choose(training, {PlannedMs(table, training, learned, own)});
      for (const std::size_t r : PositionsIn(validation.fold_of, static_cast<int>(fold))) {
        point.runs[r] = textbook.Run(chosen, rows[r]);
      }
    }
  }
  return played;
}

}  // namespace amsel
