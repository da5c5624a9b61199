#include "doctor/headroom.h"

#include <algorithm>

#include "base/parallel.h"
#include "evaluate/rows.h"

namespace amsel {
namespace {

BootstrapOptions SeededBy(std::uint64_t seed) {
  BootstrapOptions bootstrap;
  bootstrap.seed = seed;
  return bootstrap;
}

DerivedAlone DescribeDerived(const Subject& subject, std::size_t derived, const HeadroomRow& row, std::uint64_t seed) {
  std::vector<double> gain = subject.singles[derived].right;
  for (std::size_t r = 0; r < gain.size(); ++r) gain[r] -= subject.singles[subject.best].right[r];
  const auto mean = [](std::span<const double> means) { return means[0]; };
  return {row,
          {WeightedMean(gain, subject.images.weights),
           BootstrapInterval({gain}, subject.images.weights, subject.images.groups, mean, SeededBy(seed))},
          subject.table.MeanCostMs(subject.best) / subject.table.MeanCostMs(derived)};
}

}  // namespace

HeadroomRow DescribeHeadroomRow(const Subject& subject, const std::string& name, const std::vector<double>& right,
                                const std::vector<double>& cost_ms, std::uint64_t seed) {
  const EvaluatedImages& images = subject.images;
  return {name,
          {WeightedMean(right, images.weights), ShareInterval(right, images.weights, images.groups, SeededBy(seed))},
          WeightedMean(cost_ms, images.weights)};
}

std::vector<HeadroomRow> DescribeCandidates(const Subject& subject, std::uint64_t seed) {
  std::vector<HeadroomRow> rows(subject.singles.size());
  ParallelFor(rows.size(), [&](std::size_t c) {
    const RowSamples& single = subject.singles[c];
    rows[c] = DescribeHeadroomRow(subject, single.name, single.right, single.latency_ms, seed);
  });
  return rows;
}

Headroom DescribeHeadroom(const Subject& subject, const std::vector<HeadroomRow>& candidates, std::uint64_t seed) {
  const Outcomes& table = subject.table;
  Headroom headroom;
  headroom.single_best = candidates[subject.best];
  headroom.cheapest = candidates[Cheapest(subject)];
  const std::string efficient = EfficientSingle(subject.singles, headroom.single_best.name, subject.images);
  headroom.efficient_single = *std::find_if(candidates.begin(), candidates.end(),
                                            [&](const HeadroomRow& row) { return row.name == efficient; });
  const RowSamples oracle = OracleRow(subject.singles, subject.images);
  const RowSamples mix = RandomMixRow(oracle, subject.singles, 0);
  headroom.oracle = DescribeHeadroomRow(subject, "", oracle.right, oracle.latency_ms, seed);
  headroom.oracle_mix = DescribeHeadroomRow(subject, "", mix.right, mix.latency_ms, seed);
  if (const auto c = subject.derived) headroom.derived = DescribeDerived(subject, *c, candidates[*c], seed);
  double least_ms = table.MeanCostMs(subject.best);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) least_ms = std::min(least_ms, table.MeanCostMs(c));
  headroom.ceiling = table.MeanCostMs(subject.best) / least_ms;
  const double range = headroom.oracle.accuracy.value - headroom.oracle_mix.accuracy.value;
  if (range > 0) {
    const double needed = headroom.single_best.accuracy.value - headroom.oracle_mix.accuracy.value;
    headroom.skill_needed = std::max(0.0, needed / range);
  }
  return headroom;
}

}  // namespace amsel
