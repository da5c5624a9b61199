#include "doctor/try_views.h"

#include <algorithm>

#include "bundle/point_names.h"
#include "doctor/policies.h"
#include "learn/cross_validate.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

constexpr int kTrialFolds = 5;
constexpr double kFasterByEnough = 0.9;

/// The points that cascades of these candidates come to.
class Played {
 public:
  Played(const Outcomes& table, const std::vector<std::size_t>& candidates, std::uint64_t seed)
      : part_(WithCandidates(table, candidates)) {
    const Subject subject = SubjectOf(part_, AllRows(part_), 1);
    weights_ = subject.images.weights;
    groups_ = subject.images.groups;
    points_ = PlayStopping(subject, FoldsOf(part_, AllRows(part_), kTrialFolds, seed), {}).points;
  }

  const std::vector<double>& weights() const { return weights_; }
  const std::vector<int>& groups() const { return groups_; }
  const RowSamples& At(const char* point) const {
    return std::find_if(points_.begin(), points_.end(),
                        [&](const PlayedPoint& played) { return played.row.operating_point == point; })
        ->row;
  }

 private:
  Outcomes part_;
  std::vector<double> weights_;
  std::vector<int> groups_;
  std::vector<PlayedPoint> points_;
};

TriedKind Compare(const std::string& name, const Played& with, const Played& without) {
  const auto right_more = [&](const char* point, std::size_t r) {
    return with.At(point).right[r] - without.At(point).right[r];
  };
  const std::vector<double>& weights = with.weights();
  std::vector<double> gains(weights.size());
  std::vector<double> fast_losses(weights.size());
  for (std::size_t r = 0; r < weights.size(); ++r) {
    gains[r] = (right_more(kBalancedPoint, r) + right_more(kAccuratePoint, r)) / 2;
    fast_losses[r] = -right_more(kFastPoint, r);
  }
  const double gain = WeightedMean(gains, weights);
  const double error = ClusteredStandardError(gains, weights, with.groups());
  const double time_share =
      WeightedMean(with.At(kFastPoint).latency_ms, weights) / WeightedMean(without.At(kFastPoint).latency_ms, weights);
  const bool faster = time_share <= kFasterByEnough && WithinOneError(fast_losses, weights, with.groups());
  return {name, gain, error, time_share, (gain > 0 && gain >= error) || faster};
}

}  // namespace

std::vector<TriedKind> TryKinds(const Outcomes& table, const std::vector<std::size_t>& plain,
                                const std::vector<ViewKind>& kinds, std::uint64_t seed) {
  const Played without(table, plain, seed);
  std::vector<TriedKind> tried;
  for (const ViewKind& kind : kinds) {
    std::vector<std::size_t> candidates = plain;
    candidates.insert(candidates.end(), kind.candidates.begin(), kind.candidates.end());
    tried.push_back(Compare(kind.name, Played(table, candidates, seed), without));
  }
  return tried;
}

}  // namespace amsel
