#include "doctor/gains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "learn/labels.h"

namespace amsel {
namespace {

constexpr double kLevel = 0.95;
constexpr double kShorter = 1.01;      // speed-up that is worth a word
constexpr double kNoLonger = 0.99;     // speed-up of what takes as long as the single best, to within chance
constexpr double kWorthTheTime = 1.1;  // least speed-up that is worth a policy without a gain in accuracy

/// The candidates whose mixes no other mix of the same mean cost is more accurate than, the cheapest first: the upper
/// hull of accuracy by cost (Andrew 1979). Views are something that amsel adds, and no yardstick, unless all are views.
std::vector<std::size_t> BestSingles(const Subject& subject, const std::vector<double>& accuracy) {
  const Outcomes& table = subject.table;
  const bool all_views = table.candidates[subject.best].derived;
  std::vector<std::size_t> by_cost = AllCandidates(table);
  std::erase_if(by_cost, [&](std::size_t c) { return table.candidates[c].derived && !all_views; });
  std::stable_sort(by_cost.begin(), by_cost.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(table.MeanCostMs(a), -accuracy[a]) < std::pair(table.MeanCostMs(b), -accuracy[b]);
  });
  const auto rise = [&](std::size_t a, std::size_t b) {
    return (accuracy[b] - accuracy[a]) / (table.MeanCostMs(b) - table.MeanCostMs(a));
  };
  std::vector<std::size_t> hull;
  for (const std::size_t c : by_cost) {
    if (!hull.empty() && accuracy[c] <= accuracy[hull.back()]) continue;
    while (hull.size() > 1 && rise(hull[hull.size() - 2], hull.back()) <= rise(hull.back(), c)) hull.pop_back();
    hull.push_back(c);
  }
  return hull;
}

/// The most accurate mix of singles without looking at the image in a mean time of at most `ms`: two of them, and how
/// often each.
std::vector<double> BestMix(const Subject& subject, double ms) {
  const Outcomes& table = subject.table;
  const std::vector<double> accuracy = Accuracies(table, subject.rows, subject.top);
  std::size_t cheap = Cheapest(subject);
  std::size_t dear = cheap;
  double share = 0;  // of the dear one
  const std::vector<std::size_t> hull = BestSingles(subject, accuracy);
  const auto above = std::find_if(hull.begin(), hull.end(), [&](std::size_t c) { return table.MeanCostMs(c) > ms; });
  if (above != hull.begin()) {
    const std::size_t a = *(above - 1);
    const std::size_t b = above == hull.end() ? a : *above;
    const double rise = table.MeanCostMs(b) - table.MeanCostMs(a);
    const double part = rise > 0 ? (ms - table.MeanCostMs(a)) / rise : 0;
    if ((1 - part) * accuracy[a] + part * accuracy[b] > accuracy[cheap]) {
      cheap = a;
      dear = b;
      share = part;
    }
  }
  std::vector<double> right;
  for (std::size_t r = 0; r < subject.rows.size(); ++r) {
    right.push_back((1 - share) * subject.singles[cheap].right[r] + share * subject.singles[dear].right[r]);
  }
  return right;
}

class Judgement {
 public:
  Judgement(const Subject& subject, double level, std::uint64_t seed) : subject_(subject) {
    bootstrap_.level = level;
    bootstrap_.seed = seed;
  }

  Gain Of(const PlayedPoint& point) const {
    const std::span<const double> weights = subject_.images.weights;
    const RowSamples& row = point.row;
    Gain gain;
    gain.policy = row.name;
    gain.point = row.operating_point;
    gain.accuracy = WeightedMean(row.right, weights);
    gain.cost_ms = WeightedMean(row.latency_ms, weights);
    gain.shares = row.shares;
    const std::vector<double>& best_right = subject_.singles[subject_.best].right;
    gain.over_best = Paired(row.right, best_right);
    std::vector<double> difference = row.right;
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= best_right[i];
    gain.best_error = ClusteredStandardError(difference, weights, subject_.images.groups);
    gain.over_null = Paired(row.right, point.null.right);
    gain.over_singles = Paired(row.right, BestMix(subject_, kAlikeCost * gain.cost_ms));
    const double best_ms = subject_.table.MeanCostMs(subject_.best);
    const auto speedup = [&](std::span<const double> means) { return means[0] > 0 ? best_ms / means[0] : 1; };
    gain.speedup = {speedup(std::vector<double>{gain.cost_ms}),
                    BootstrapInterval({row.latency_ms}, weights, subject_.images.groups, speedup, bootstrap_)};
    if (subject_.derived) gain.over_derived = Paired(row.right, subject_.singles[*subject_.derived].right);
    const bool dominated = DerivedDoesAsWell(gain);
    gain.go = !dominated && Goes(gain);
    gain.perhaps = !dominated && !gain.go && MayGo(gain);
    return gain;
  }

  static bool AsAccurate(const Gain& gain) { return gain.over_best.value >= -gain.best_error; }

 private:
  /// Whether the best derived candidate alone is as accurate in no more time: nothing of the gain is selecting's.
  bool DerivedDoesAsWell(const Gain& gain) const {
    return gain.over_derived && gain.over_derived->value <= 0 &&
           subject_.table.MeanCostMs(*subject_.derived) <= gain.cost_ms;
  }

  static bool Goes(const Gain& gain) {
    if (gain.over_null.interval.low <= 0 || gain.over_singles.interval.low <= 0) return false;
    const bool more_accurate = gain.over_best.interval.low > 0 && gain.speedup.value >= kNoLonger;
    const bool faster = gain.speedup.interval.low >= kWorthTheTime && AsAccurate(gain);
    return more_accurate || faster;
  }

  /// Whether the figures would do, were they not within chance.
  static bool MayGo(const Gain& gain) {
    return gain.over_null.value > 0 && gain.over_singles.value > 0 && AsAccurate(gain) &&
           (gain.speedup.value >= kWorthTheTime || (gain.over_best.value > 0 && gain.speedup.value >= kNoLonger));
  }

  Estimate Paired(const std::vector<double>& a, const std::vector<double>& b) const {
    std::vector<double> difference = a;
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= b[i];
    const auto mean = [](std::span<const double> means) { return means[0]; };
    return {WeightedMean(difference, subject_.images.weights),
            BootstrapInterval({difference}, subject_.images.weights, subject_.images.groups, mean, bootstrap_)};
  }

  const Subject& subject_;
  BootstrapOptions bootstrap_;
};

std::string Points(const Estimate& estimate) {
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}] points of accuracy", 100 * estimate.value, 100 * estimate.interval.low,
                     100 * estimate.interval.high);
}

}  // namespace

std::string DerivedInWords(const DerivedAlone& derived) {
  return fmt::format(
      "`{}` alone, the derived single (the cheapest view or twin that is not measurably worse than the best of them), "
      "has {} at {:.2f}× the speed of the single best: only what is beyond that comes from selecting.",
      derived.row.name, Points(derived.over_best), derived.speedup);
}

Finding Judge(const Subject& subject, const std::vector<PlayedPoint>& points, std::uint64_t seed) {
  Finding answer;
  answer.level = 1 - (1 - kLevel) / static_cast<double>(points.size());
  answer.gains.resize(points.size());
  const Judgement judgement(subject, answer.level, seed);
  ParallelFor(points.size(), [&](std::size_t p) { answer.gains[p] = judgement.Of(points[p]); });
  const auto any = [&](auto&& holds) { return std::any_of(answer.gains.begin(), answer.gains.end(), holds); };
  answer.verdict = any([](const Gain& gain) { return gain.go; })        ? Verdict::kGo
                   : any([](const Gain& gain) { return gain.perhaps; }) ? Verdict::kUnclear
                                                                        : Verdict::kNoGo;
  return answer;
}

std::string GainInWords(const Finding& answer) {
  const Gain* accurate = nullptr;
  const Gain* fast = nullptr;
  if (answer.verdict == Verdict::kUnclear) {
    const bool none =
        std::none_of(answer.gains.begin(), answer.gains.end(), [](const Gain& gain) { return gain.perhaps; });
    if (const auto& nearest = answer.nearest; nearest && none) {
      return fmt::format(
          "{}, chosen and judged on the same images, has {:+.1f} points (standard error {:.1f}) at {:.2f}× "
          "the single best's speed",
          nearest->stages, 100 * nearest->gain, 100 * nearest->gain_error, nearest->speed);
    }
    const auto likeliest = std::max_element(answer.gains.begin(), answer.gains.end(), [](const Gain& a, const Gain& b) {
      return std::pair(a.perhaps, a.over_best.value) < std::pair(b.perhaps, b.over_best.value);
    });
    return fmt::format("{} at {:.2f}× the single best's speed", Points(likeliest->over_best), likeliest->speedup.value);
  }
  for (const Gain& gain : answer.gains) {
    if (!gain.go) continue;
    const bool gains = gain.over_best.interval.low > 0 && gain.speedup.value >= kNoLonger;
    if (gains && (accurate == nullptr || gain.over_best.value > accurate->over_best.value)) accurate = &gain;
    const bool saves = Judgement::AsAccurate(gain) && gain.speedup.interval.low >= kWorthTheTime;
    if (saves && (fast == nullptr || gain.speedup.value > fast->speedup.value)) fast = &gain;
  }
  std::string text;
  if (accurate != nullptr) {
    const bool shorter = accurate->speedup.value >= kShorter;
    text = Points(accurate->over_best) +
           (shorter ? fmt::format(" at {:.2f}× the speed of the single best", accurate->speedup.value)
                    : " in the time of the single best");
  }
  const bool more =
      fast != nullptr && (accurate == nullptr || fast->speedup.value > kWorthTheTime * accurate->speedup.value);
  if (more) {
    text += fmt::format("{}{:.2f}× [{:.2f}, {:.2f}] the speed at {}", text.empty() ? "" : ", or ", fast->speedup.value,
                        fast->speedup.interval.low, fast->speedup.interval.high, Points(fast->over_best));
  }
  return text;
}

}  // namespace amsel
