#include "train/describe_point.h"

#include <map>

#include "stats/bootstrap.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

double WorstPathMs(const Outcomes& table, const LearnedPolicy& learned, std::size_t point) {
  std::vector<StepCost> costs;
  for (const std::size_t c : learned.candidates) costs.push_back(table.MeanStep(c));
  return learned.policy->DearestPath(static_cast<int>(point), costs,
                                     table.FeaturesCostMs(learned.policy->feature_names()));
}

}  // namespace

ManifestPoint DescribePoint(const Outcomes& table, Rows rows, const LearnedPolicy& learned, std::size_t which,
                            const std::vector<SimulatedRun>& runs, std::size_t best, const LearnOptions& options) {
  ManifestPoint point;
  point.name = learned.policy->operating_points()[which];
  std::vector<double> right;
  std::vector<double> gain;
  std::vector<double> latency;
  std::vector<double> recorded;  // a learner may know of mean times alone, which have no tail
  const std::vector<double> weights = WeightsOf(table, rows);
  const std::vector<int> groups = GroupsOf(table, rows);
  struct Taken {
    double weight = 0;
    double right = 0;
  };
  std::map<std::vector<std::string>, Taken> paths;
  double total = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const SimulatedRun& run = runs[r];
    right.push_back(run.Worth());
    gain.push_back(run.Worth(options.top) - table.UtilityOf(best, rows[r], options.top));
    latency.push_back(run.latency_ms);
    recorded.push_back(run.features_ms + table.PathMs(run.path, rows[r], run.begins_warm));
    std::vector<std::string> sequence;
    for (const std::size_t c : run.path) sequence.push_back(table.candidates[c].name);
    paths[sequence].weight += weights[r];
    paths[sequence].right += weights[r] * right.back();
    total += weights[r];
  }
  BootstrapOptions bootstrap;
  bootstrap.seed = options.seed;
  const Interval interval = ShareInterval(right, weights, groups, bootstrap);
  point.top1 = WeightedMean(right, weights);
  point.top1_low = interval.low;
  point.top1_high = interval.high;
  point.gain = WeightedMean(gain, weights);
  point.gain_error = ClusteredStandardError(gain, weights, groups);
  point.latency_ms = WeightedMean(latency, weights);
  point.latency_p50_ms = Quantile(recorded, 0.5);
  point.latency_p99_ms = Quantile(recorded, 0.99);
  for (const auto& [sequence, taken] : paths) {
    point.paths.push_back({sequence, taken.weight / total, taken.weight > 0 ? taken.right / taken.weight : 0});
  }
  point.worst_path_ms = WorstPathMs(table, learned, which);
  return point;
}

}  // namespace amsel
