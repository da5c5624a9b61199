#include "doctor/try_views.h"

#include <algorithm>
#include <cmath>

#include "bundle/point_names.h"
#include "doctor/policies.h"
#include "learn/cross_validate.h"

namespace amsel {
namespace {

constexpr int kTrialFolds = 5;
constexpr double kFasterByEnough = 0.9;

struct MeanWithError {
  double mean = 0;
  double error = 0;
};

/// Of `values`, by image, with these weights.
MeanWithError MeanOf(const std::vector<double>& values, const std::vector<double>& weights) {
  double total = 0;
  MeanWithError found;
  for (std::size_t r = 0; r < values.size(); ++r) {
    total += weights[r];
    found.mean += weights[r] * values[r];
  }
  found.mean /= total;
  double squares = 0;
  for (std::size_t r = 0; r < values.size(); ++r) {
    squares += std::pow(weights[r] / total * (values[r] - found.mean), 2);
  }
  found.error = std::sqrt(squares);
  return found;
}

/// The points that cascades of these candidates come to.
class Played {
 public:
  Played(const Outcomes& table, const std::vector<std::size_t>& candidates, std::uint64_t seed)
      : part_(WithCandidates(table, candidates)) {
    const Subject subject = SubjectOf(part_, AllRows(part_), 1);
    weights_ = subject.images.weights;
    points_ = PlayStopping(subject, FoldsOf(part_, AllRows(part_), kTrialFolds, seed), {}).points;
  }

  const std::vector<double>& weights() const { return weights_; }
  const RowSamples& At(const char* point) const {
    return std::find_if(points_.begin(), points_.end(),
                        [&](const PlayedPoint& played) { return played.row.operating_point == point; })
        ->row;
  }

 private:
  Outcomes part_;
  std::vector<double> weights_;
  std::vector<PlayedPoint> points_;
};

TriedKind Compare(const std::string& name, const Played& with, const Played& without) {
  const auto right_more = [&](const char* point, std::size_t r) {
    return with.At(point).right[r] - without.At(point).right[r];
  };
  const std::size_t images = with.weights().size();
  std::vector<double> gains(images);
  std::vector<double> fast_gains(images);
  for (std::size_t r = 0; r < images; ++r) {
    gains[r] = (right_more(kBalancedPoint, r) + right_more(kAccuratePoint, r)) / 2;
    fast_gains[r] = right_more(kFastPoint, r);
  }
  const MeanWithError gain = MeanOf(gains, with.weights());
  const MeanWithError fast_gain = MeanOf(fast_gains, with.weights());
  const double time_share = MeanOf(with.At(kFastPoint).latency_ms, with.weights()).mean /
                            MeanOf(without.At(kFastPoint).latency_ms, with.weights()).mean;
  const bool gains_enough = gain.mean > 0 && gain.mean >= gain.error;
  const bool faster = time_share <= kFasterByEnough && fast_gain.mean >= -fast_gain.error;
  return {name, gain.mean, gain.error, time_share, gains_enough || faster};
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
