#include "stats/bootstrap.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/nan_last.h"
#include "base/parallel.h"
#include "base/random.h"
#include "stats/exact.h"

namespace amsel {
namespace {

/// What one resampling serves together: a group's sums are a line of memory, and each draw reads one.
constexpr std::size_t kLanes = 8;
using Line = std::array<double, kLanes>;

/// Figures that share a resampling; lane 0 of their sums is the weight, then come the columns of each in turn.
struct Batch {
  std::vector<std::size_t> figures;
  std::size_t columns = 0;
};

/// Per group: Σ weight, and per column Σ weight · value.
std::vector<Line> SumByGroup(std::span<const BootstrapFigure> figures, const Batch& batch,
                             std::span<const double> weights, std::span<const int> position, std::size_t groups) {
  std::vector<Line> sums(groups, Line{});
  for (std::size_t i = 0; i < position.size(); ++i) {
    Line& line = sums[static_cast<std::size_t>(position[i])];
    const double weight = weights.empty() ? 1 : weights[i];
    std::size_t lane = 0;
    line[lane++] += weight;
    for (const std::size_t figure : batch.figures) {
      for (const auto& column : figures[figure].columns) line[lane++] += weight * column[i];
    }
  }
  return sums;
}

/// Numbers of the groups, by image, in the order in which they come.
std::vector<int> Positions(std::span<const int> groups, std::size_t& count) {
  std::map<int, int> position;
  std::vector<int> positions;
  positions.reserve(groups.size());
  for (const int group : groups) {
    positions.push_back(position.emplace(group, static_cast<int>(position.size())).first->second);
  }
  count = position.size();
  return positions;
}

/// As few batches as lanes allow, but one for each core.
std::vector<Batch> InBatches(std::span<const BootstrapFigure> figures, const std::vector<std::size_t>& open) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t share = (open.size() + cores - 1) / cores;
  std::vector<Batch> batches;
  for (const std::size_t figure : open) {
    const std::size_t columns = figures[figure].columns.size();
    assert(columns < kLanes);
    const bool full =
        batches.empty() || batches.back().figures.size() == share || batches.back().columns + columns >= kLanes;
    if (full) batches.emplace_back();
    batches.back().figures.push_back(figure);
    batches.back().columns += columns;
  }
  return batches;
}

Interval Percentiles(std::vector<double>& draws, double level) {
  if (draws.empty()) return {};
  std::sort(draws.begin(), draws.end(), [](double a, double b) { return LowFirst(a) < LowFirst(b); });
  const double tail = (1 - level) / 2;
  const auto at = [&](double share) {
    return draws[static_cast<std::size_t>(std::lround(share * static_cast<double>(draws.size() - 1)))];
  };
  return {at(tail), at(1 - tail)};
}

/// Every batch draws the same groups, those of the seed. `done` is told of each resample.
void Resample(std::span<const BootstrapFigure> figures, const Batch& batch, const std::vector<Line>& sums,
              const BootstrapOptions& options, const std::function<void()>& done, std::vector<Interval>& intervals) {
  Random random(options.seed);
  std::vector<std::vector<double>> draws(batch.figures.size());
  for (int resample = 0; resample < options.resamples; ++resample) {
    Line drawn{};
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Line& group = sums[random.Below(sums.size())];
      for (std::size_t lane = 0; lane < kLanes; ++lane) drawn[lane] += group[lane];
    }
    done();
    if (drawn[0] <= 0) continue;
    for (std::size_t lane = 1; lane < kLanes; ++lane) drawn[lane] /= drawn[0];
    const double* means = drawn.data() + 1;
    for (std::size_t f = 0; f < batch.figures.size(); ++f) {
      const BootstrapFigure& figure = figures[batch.figures[f]];
      draws[f].push_back(figure.statistic({means, figure.columns.size()}));
      means += figure.columns.size();
    }
  }
  for (std::size_t f = 0; f < batch.figures.size(); ++f) {
    intervals[batch.figures[f]] = Percentiles(draws[f], options.level);
  }
}

/// Of a share that is 0, or 1, for all that counts.
std::optional<Interval> ExactInterval(std::span<const double> values, std::span<const double> weights,
                                      std::span<const int> groups, double level) {
  std::set<int> counted;
  bool all = true;
  bool none = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!weights.empty() && weights[i] <= 0) continue;
    all = all && values[i] >= 1;
    none = none && values[i] <= 0;
    if (!all && !none) return {};
    counted.insert(groups[i]);
  }
  const auto trials = static_cast<std::int64_t>(counted.size());
  const double tail = (1 - level) / 2;
  if (trials > 1 && all) return Interval{BinomialLowerBound(trials, trials, tail), 1};
  if (trials > 1 && none) return Interval{0, BinomialUpperBound(0, trials, tail)};
  return {};
}

}  // namespace

BootstrapFigure ShareFigure(std::span<const double> values) {
  return {{values}, [](std::span<const double> means) { return means[0]; }, /*share=*/true};
}

std::vector<Interval> BootstrapIntervals(std::span<const BootstrapFigure> figures, std::span<const double> weights,
                                         std::span<const int> groups, const BootstrapOptions& options,
                                         const std::function<void(std::size_t done, std::size_t total)>& progress) {
  std::vector<Interval> intervals(figures.size());
  std::vector<std::size_t> open;
  for (std::size_t f = 0; f < figures.size(); ++f) {
    std::optional<Interval> exact;
    if (figures[f].share) exact = ExactInterval(figures[f].columns.front(), weights, groups, options.level);
    if (exact) intervals[f] = *exact;
    if (!exact) open.push_back(f);
  }
  std::size_t count = 0;
  const std::vector<int> position = Positions(groups, count);
  if (count == 0) return intervals;
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  if (count == 1) {
    for (const std::size_t f : open) intervals[f] = {-kEndless, kEndless};
    return intervals;
  }
  const std::vector<Batch> batches = InBatches(figures, open);
  const std::size_t total = batches.size() * static_cast<std::size_t>(std::max(0, options.resamples));
  std::size_t done = 0;
  std::mutex reporting;
  const auto report = [&] {
    if (!progress) return;
    const std::lock_guard lock(reporting);
    progress(++done, total);
  };
  ParallelFor(batches.size(), [&](std::size_t b) {
    Resample(figures, batches[b], SumByGroup(figures, batches[b], weights, position, count), options, report,
             intervals);
  });
  return intervals;
}

Interval BootstrapInterval(const std::vector<std::span<const double>>& columns, std::span<const double> weights,
                           std::span<const int> groups, const std::function<double(std::span<const double>)>& statistic,
                           const BootstrapOptions& options) {
  const BootstrapFigure figure{columns, statistic};
  return BootstrapIntervals({&figure, 1}, weights, groups, options).front();
}

Interval ShareInterval(std::span<const double> values, std::span<const double> weights, std::span<const int> groups,
                       const BootstrapOptions& options) {
  const BootstrapFigure figure = ShareFigure(values);
  return BootstrapIntervals({&figure, 1}, weights, groups, options).front();
}

double WeightedMean(std::span<const double> values, std::span<const double> weights) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    sum += w * values[i];
    weight += w;
  }
  return weight > 0 ? sum / weight : 0;
}

double ClusteredStandardError(std::span<const double> values, std::span<const double> weights,
                              std::span<const int> groups) {
  assert(values.size() == groups.size());
  const double mean = WeightedMean(values, weights);
  const int last = groups.empty() ? -1 : *std::max_element(groups.begin(), groups.end());
  std::vector<double> residual(static_cast<std::size_t>(last + 1), 0);
  std::vector<char> there(residual.size(), 0);
  double weight = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    const auto group = static_cast<std::size_t>(groups[i]);
    residual[group] += w * (values[i] - mean);
    there[group] = 1;
    weight += w;
  }
  const auto count = static_cast<double>(std::count(there.begin(), there.end(), 1));
  if (weight <= 0 || count < 2) return 0;
  double squares = 0;
  for (const double sum : residual) squares += sum * sum;
  return std::sqrt(squares * count / (count - 1)) / weight;
}

bool WithinOneError(std::span<const double> loss, std::span<const double> weights, std::span<const int> groups) {
  return WeightedMean(loss, weights) <= ClusteredStandardError(loss, weights, groups);
}

}  // namespace amsel
