// Re-planning: on another device the cost of a point is Σ over its paths of share × Σ of the candidates' costs there,
// since what the policy does with an image does not depend on time.
#include "runtime/replan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "bundle/named_points.h"
#include "bundle/point_names.h"
#include "runtime/operating_point.h"
#include "runtime/planned_load.h"

namespace amsel {
namespace {

constexpr double kSlack = 1 + 1e-9;  // sums of the same terms in another order

/// One path of a point, and what an image on it takes.
struct PathTime {
  double share = 0;
  double ms = 0;
};

/// `rest_ms`, the mean of what is beyond candidates, lies on the paths that read features; on all where none does.
std::vector<PathTime> TimesOf(const Manifest& manifest, const Policy& policy, std::size_t at, double rest_ms) {
  const ManifestPoint& point = manifest.operating_points[at];
  const auto reads = [&](const PathEntry& path) {
    return policy.ReadsFeaturesWithin(static_cast<int>(at), static_cast<int>(path.sequence.size()));
  };
  double all = 0;
  double reading = 0;
  for (const PathEntry& path : point.paths) {
    all += path.share;
    reading += reads(path) ? path.share : 0;
  }
  std::vector<PathTime> times;
  for (const PathEntry& path : point.paths) {
    double ms = 0;
    for (const CandidateTime& one : TimesOfPath(manifest, point, path)) ms += one.ms;
    if (reading > 0 ? reads(path) : all > 0) ms += rest_ms / (reading > 0 ? reading : all);
    times.push_back({path.share, ms});
  }
  std::sort(times.begin(), times.end(), [](const PathTime& a, const PathTime& b) { return a.ms < b.ms; });
  return times;
}

double Mean(const std::vector<PathTime>& times) {
  double sum = 0;
  for (const PathTime& path : times) sum += path.share * path.ms;
  return sum;
}

/// The least time that `share` of the images keep; `times` are sorted.
double QuantileOf(const std::vector<PathTime>& times, double share) {
  double total = 0;
  for (const PathTime& path : times) total += path.share;
  double sum = 0;
  for (const PathTime& path : times) {
    sum += path.share;
    if (sum * kSlack >= share * total) return path.ms;
  }
  return times.empty() ? 0 : times.back().ms;
}

/// A quantile of single runs, moved as a figure of the paths' mean times moved, which have no spread of their own;
/// `otherwise` where the manifest has none.
double Moved(double quantile, double before, double after, double otherwise) {
  return before > 0 && quantile > 0 ? quantile * after / before : otherwise;
}

/// What is planned of every point of the manifest.
std::vector<PlannedPoint> PlannedPoints(const Manifest& manifest, const Policy& policy) {
  const ManifestCandidate* best = FindCandidate(manifest, manifest.single_best);
  std::vector<PlannedPoint> planned;
  for (std::size_t at = 0; at < manifest.operating_points.size(); ++at) {
    const ManifestPoint& point = manifest.operating_points[at];
    double variance = 0;
    const std::vector<PathTime> times = TimesOf(manifest, policy, at, LoadOf(manifest, point).rest_ms);
    for (const PathTime& path : times) {
      variance += path.share * (path.ms - point.latency_ms) * (path.ms - point.latency_ms);
    }
    const auto images = static_cast<double>(std::max<std::int64_t>(manifest.training_images, 1));
    PlannedPoint one;
    one.accuracy = point.top1;
    one.gain = point.gain.value_or(best == nullptr ? 0 : point.top1 - best->training_top1);
    one.gain_error = point.gain_error;
    one.mean_ms = point.latency_ms;
    one.mean_error_ms = std::sqrt(variance / images);
    one.p99_ms = QuantileOf(times, 0.99);
    one.single_best =
        point.paths.size() == 1 && point.paths[0].sequence == std::vector<std::string>{manifest.single_best};
    planned.push_back(one);
  }
  return planned;
}

/// The named points among those that `may` be chosen, those that have the names now first; by name.
std::map<std::string, std::size_t> NamesAmong(const Manifest& manifest, std::vector<PlannedPoint> planned,
                                              const std::function<bool(const ManifestPoint&)>& may) {
  const std::vector<ManifestPoint>& points = manifest.operating_points;
  constexpr double kNever = -2;  // below any difference of two shares
  std::map<std::string, std::size_t> present;
  for (std::size_t at = 0; at < points.size(); ++at) {
    present.emplace(points[at].name, at);
    if (may(points[at])) continue;
    planned[at].gain = kNever;
    planned[at].single_best = false;
  }
  PointChoice choice;
  choice.single_best_ms = SingleBestMs(manifest);
  const bool all = present.contains(kBalancedPoint) && present.contains(kFastPoint) &&
                   present.contains(kAccuratePoint) && present.contains(kSteadyPoint);
  if (all) {
    choice.present =
        NamedPoints{present[kBalancedPoint], present[kFastPoint], present[kAccuratePoint], present[kSteadyPoint]};
  }
  const std::optional<NamedPoints> named = ChooseNamedPoints(planned, choice);
  if (!named) return {};
  return {{kBalancedPoint, named->balanced},
          {kFastPoint, named->fast},
          {kAccuratePoint, named->accurate},
          {kSteadyPoint, named->steady}};
}

}  // namespace

std::vector<ManifestPoint> ReplannedPoints(const Manifest& before, const Manifest& after, const Policy& policy) {
  const double features = before.features_ms > 0 ? after.features_ms / before.features_ms : 1;
  std::vector<StepCost> costs;
  for (std::size_t c = 0; c < after.candidates.size(); ++c) costs.push_back(StepOf(after, c));
  std::vector<ManifestPoint> points = before.operating_points;
  for (std::size_t at = 0; at < points.size(); ++at) {
    ManifestPoint& point = points[at];
    point.worst_path_ms = policy.DearestPath(static_cast<int>(at), costs, after.features_ms);
    if (point.paths.empty()) continue;  // there is nothing to plan from
    const double rest_ms = LoadOf(before, point).rest_ms;
    const std::vector<PathTime> old = TimesOf(before, policy, at, rest_ms);
    const std::vector<PathTime> times = TimesOf(after, policy, at, features * rest_ms);
    point.latency_ms = Mean(times);
    const double p99 = QuantileOf(times, 0.99);
    point.latency_p99_ms = Moved(point.latency_p99_ms, QuantileOf(old, 0.99), p99, p99);
    const double p50 = Moved(point.latency_p50_ms, Mean(old), Mean(times), QuantileOf(times, 0.5));
    point.latency_p50_ms = std::min(p50, point.latency_p99_ms);
  }
  return points;
}

std::vector<PointOf> RechoosePoints(const Manifest& manifest, const Policy& policy) {
  const std::vector<ManifestPoint>& points = manifest.operating_points;
  std::vector<PointOf> chosen;
  const bool staged = policy.most_stages() > 1;
  const std::vector<PlannedPoint> planned = PlannedPoints(manifest, policy);
  const auto of_any = NamesAmong(manifest, planned, [](const ManifestPoint&) { return true; });
  const auto of_certified = NamesAmong(manifest, planned, [](const ManifestPoint& point) { return point.certified(); });
  bool same = true;
  for (std::size_t at = 0; at < points.size(); ++at) {
    if (staged && IsNumbered(points[at].name)) continue;
    const auto& among = points[at].certified() && of_certified.contains(points[at].name) ? of_certified : of_any;
    const auto now = among.find(points[at].name);
    chosen.push_back({points[at].name, !staged || now == among.end() ? at : now->second});
    same = same && policy.DecideAlike(static_cast<int>(at), static_cast<int>(chosen.back().from));
  }
  if (!staged || (same && chosen.size() == points.size())) return chosen;
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].latency_ms < points[b].latency_ms ||
           (points[a].latency_ms <= points[b].latency_ms && points[a].certified() && !points[b].certified());
  });
  std::size_t passing = 0;
  std::size_t savers = 0;
  const std::size_t named = chosen.size();
  for (const std::size_t at : order) {
    const bool listed = std::any_of(
        chosen.begin() + static_cast<std::ptrdiff_t>(named), chosen.end(),
        [&](const auto& have) { return policy.DecideAlike(static_cast<int>(have.from), static_cast<int>(at)); });
    if (listed) continue;
    const bool passes = PassesBar(planned[at]);
    chosen.push_back({passes ? kParetoPoint + std::to_string(++passing) : kSaverPoint + std::to_string(++savers), at});
  }
  return chosen;
}

}  // namespace amsel
