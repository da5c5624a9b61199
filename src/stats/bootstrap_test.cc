#include "stats/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

std::vector<int> Identity(std::size_t count) {
  std::vector<int> groups(count);
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

double First(std::span<const double> means) {
  return means[0];
}

TEST(Bootstrap, IntervalOfAProportionIsNearTheNormalOne) {
  std::vector<double> right(4000, 0.0);
  for (std::size_t i = 0; i < 3200; ++i) right[i] = 1;
  const Interval interval = BootstrapInterval({right}, {}, Identity(4000), First);
  const double half = 1.96 * std::sqrt(0.8 * 0.2 / 4000);
  EXPECT_NEAR(interval.low, 0.8 - half, 0.002);
  EXPECT_NEAR(interval.high, 0.8 + half, 0.002);
}

TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItSays) {
  Random random(5);
  int covered = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> values(300);
    for (double& value : values) value = random.Uniform() < 0.3 ? 1 : 0;
    BootstrapOptions options;
    options.resamples = 400;
    options.seed = static_cast<std::uint64_t>(trial);
    const Interval interval = BootstrapInterval({values}, {}, Identity(300), First, options);
    covered += interval.low <= 0.3 && 0.3 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 178);  // 95 % of 200, less four standard errors
}

TEST(Bootstrap, GroupsWidenTheInterval) {
  std::vector<double> values(1000);
  std::vector<int> groups(1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    groups[i] = static_cast<int>(i / 50);
    values[i] = groups[i] % 2;
  }
  const Interval grouped = BootstrapInterval({values}, {}, groups, First);
  const Interval single = BootstrapInterval({values}, {}, Identity(1000), First);
  EXPECT_GT(grouped.high - grouped.low, 4 * (single.high - single.low));
  EXPECT_GT(ClusteredStandardError(values, {}, groups), 4 * ClusteredStandardError(values, {}, Identity(1000)));
}

TEST(Bootstrap, OneGroupTellsNothingOfAnother) {
  const std::vector<double> values{1, 0, 1};
  const Interval interval = BootstrapInterval({values}, {}, std::vector<int>{7, 7, 7}, First);
  EXPECT_TRUE(std::isinf(interval.low) && interval.low < 0);
  EXPECT_TRUE(std::isinf(interval.high) && interval.high > 0);
}

TEST(Bootstrap, SharesOfAllOrNothingHaveExactBounds) {
  const std::vector<int> groups{0, 1, 2, 3, 4, 5, 6, 7, 8, 8};  // nine trials
  const Interval all = ShareInterval(std::vector<double>(10, 1), {}, groups);
  EXPECT_NEAR(all.low, std::pow(0.025, 1.0 / 9), 1e-9);
  EXPECT_EQ(all.high, 1);
  const Interval none = ShareInterval(std::vector<double>(10, 0), {}, groups);
  EXPECT_NEAR(none.high, 1 - std::pow(0.025, 1.0 / 9), 1e-9);
  EXPECT_EQ(none.low, 0);
  std::vector<double> some(10, 1);
  some[3] = 0;
  const Interval drawn = ShareInterval(some, {}, groups);
  const Interval same = BootstrapInterval({some}, {}, groups, [](auto means) { return means[0]; });
  EXPECT_EQ(drawn.low, same.low);
  std::vector<double> weights(10, 1);
  weights[3] = 0;  // then all that count are right
  EXPECT_NEAR(ShareInterval(some, weights, groups).low, std::pow(0.025, 1.0 / 8), 1e-9);
}

/// As BootstrapInterval, one draw after the other: the reference.
Interval SlowInterval(const std::vector<std::span<const double>>& columns, std::span<const double> weights,
                      std::span<const int> groups, const std::function<double(std::span<const double>)>& statistic,
                      const BootstrapOptions& options) {
  const auto count = static_cast<std::size_t>(*std::max_element(groups.begin(), groups.end())) + 1;  // none is empty
  std::vector<std::vector<double>> sums(columns.size() + 1, std::vector<double>(count));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto group = static_cast<std::size_t>(groups[i]);
    sums[0][group] += weights[i];
    for (std::size_t c = 0; c < columns.size(); ++c) sums[c + 1][group] += weights[i] * columns[c][i];
  }
  Random random(options.seed);
  std::vector<double> draws;
  for (int resample = 0; resample < options.resamples; ++resample) {
    std::vector<double> means(sums.size());
    for (std::size_t drawn = 0; drawn < count; ++drawn) {
      const std::size_t group = random.Below(count);
      for (std::size_t c = 0; c < means.size(); ++c) means[c] += sums[c][group];
    }
    for (std::size_t c = 1; c < means.size(); ++c) means[c] /= means[0];
    draws.push_back(statistic(std::span(means).subspan(1)));
  }
  std::sort(draws.begin(), draws.end());
  const auto last = static_cast<double>(draws.size() - 1);
  return {draws[static_cast<std::size_t>(std::lround(0.025 * last))],
          draws[static_cast<std::size_t>(std::lround(0.975 * last))]};
}

TEST(Bootstrap, FiguresResampledTogetherAreToTheLastBitWhatEachIsAlone) {
  constexpr std::size_t kImages = 600;
  Random random(9);
  std::vector<std::vector<double>> columns(12, std::vector<double>(kImages));
  std::vector<double> weights(kImages);
  std::vector<int> groups(kImages);
  for (std::size_t i = 0; i < kImages; ++i) {
    for (auto& column : columns) column[i] = random.Uniform();
    weights[i] = 0.5 + random.Uniform();
    groups[i] = static_cast<int>(i % 250);
  }
  const auto ratio = [](std::span<const double> means) { return means[0] / means[1]; };
  std::vector<BootstrapFigure> figures;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    figures.push_back(c % 3 == 2 ? BootstrapFigure{{columns[c], columns[c - 1]}, ratio} : ShareFigure(columns[c]));
  }
  figures.push_back({{columns.begin(), columns.begin() + 7}, [](auto means) { return means[6] - means[0]; }});
  const BootstrapOptions options{300, 0.95, 4};
  const std::vector<Interval> together = BootstrapIntervals(figures, weights, groups, options);
  ASSERT_EQ(together.size(), figures.size());
  for (std::size_t f = 0; f < figures.size(); ++f) {
    const Interval alone = SlowInterval(figures[f].columns, weights, groups, figures[f].statistic, options);
    EXPECT_EQ(together[f].low, alone.low) << f;
    EXPECT_EQ(together[f].high, alone.high) << f;
  }
}

TEST(Bootstrap, TellsOfEachResampleOnce) {
  const std::vector<double> some{1, 0, 1, 1};
  const std::vector<double> all{1, 1, 1, 1};
  std::size_t last = 0;
  std::size_t of = 0;
  const auto told = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, last + 1);
    last = done;
    of = total;
  };
  BootstrapIntervals(std::vector{ShareFigure(some), ShareFigure(all), ShareFigure(some)}, {}, Identity(4), {}, told);
  EXPECT_GE(last, 2000U);
  EXPECT_EQ(last, of);
  last = of = 0;
  BootstrapIntervals(std::vector{ShareFigure(all)}, {}, Identity(4), {}, told);  // known exactly
  EXPECT_EQ(of, 0U);
}

TEST(Bootstrap, AWeightOfZeroRemovesAnImage) {
  const std::vector<double> values{1, 1, 0};
  const std::vector<double> weights{1, 1, 0};
  EXPECT_EQ(WeightedMean(values, weights), 1);
  EXPECT_EQ(BootstrapInterval({values}, weights, Identity(3), First).low, 1);
}

TEST(ClusteredStandardError, EqualsTheTextbookOneWithoutGroups) {
  std::vector<double> values{1, 0, 0, 1, 1, 0, 1, 1};
  const double expected = std::sqrt(0.625 * 0.375 * 8 / 7 / 8);
  EXPECT_NEAR(ClusteredStandardError(values, {}, Identity(8)), expected, 1e-12);
}

}  // namespace
}  // namespace amsel
