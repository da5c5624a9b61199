// Re-planning: on another device the cost of a point is Σ over its paths of share × Σ of the candidates' costs there,
// since what the policy does with an image does not depend on time.
#include "runtime/replan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "bundle/point_names.h"
#include "policy/reach.h"
#include "policy/staged.h"
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
    return ReadsFeaturesWithin(policy, static_cast<int>(at), path.sequence.size());
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
    for (const CandidateTime& one : TimesOfPath(manifest, path)) ms += one.ms;
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

/// Whether two stages, with all that follows, do the same.
bool SameTree(const StagedPlan& plan, int a, int b) {
  if (a == b) return true;
  const StageNode& x = plan.nodes[static_cast<std::size_t>(a)];
  const StageNode& y = plan.nodes[static_cast<std::size_t>(b)];
  if (x.slot != y.slot || x.head != y.head || x.branches.size() != y.branches.size()) return false;
  for (std::size_t i = 0; i < x.branches.size(); ++i) {
    const float apart = std::fabs(x.branches[i].below - y.branches[i].below);
    if (apart > 0 || !SameTree(plan, x.branches[i].node, y.branches[i].node)) return false;
  }
  return true;
}

/// Chooses among the points of one manifest.
class Rechooser {
 public:
  Rechooser(const Manifest& manifest, const Policy& policy)
      : points_(manifest.operating_points), best_ms_(SingleBestMs(manifest)) {
    for (std::size_t at = 0; at < points_.size(); ++at) {
      const double rest_ms = LoadOf(manifest, points_[at]).rest_ms;
      double variance = 0;
      for (const PathTime& path : TimesOf(manifest, policy, at, rest_ms)) {
        variance += path.share * (path.ms - points_[at].latency_ms) * (path.ms - points_[at].latency_ms);
      }
      const auto images = static_cast<double>(std::max<std::int64_t>(manifest.training_images, 1));
      mean_error_ms_.push_back(std::sqrt(variance / images));
    }
  }

  std::size_t For(std::size_t present) const {
    const std::string& name = points_[present].name;
    if (name == kFastPoint) {
      return Best(present, [&](std::size_t at) { return points_[at].top1 >= points_[present].top1; }, FasterThan());
    }
    const auto keeps = Promise(name);
    if (!keeps || keeps(present)) return present;
    return Best(present, keeps, [this](std::size_t a, std::size_t b) {
      return points_[a].top1 > points_[b].top1 ||
             (points_[a].top1 >= points_[b].top1 && points_[a].latency_ms < points_[b].latency_ms);
    });
  }

 private:
  using Test = std::function<bool(std::size_t)>;
  using Order = std::function<bool(std::size_t, std::size_t)>;

  /// What the name promises; empty for other names.
  Test Promise(const std::string& name) const {
    const auto within = [this](double limit_ms) {
      return
          [this, limit_ms](std::size_t at) { return points_[at].latency_ms + mean_error_ms_[at] <= limit_ms * kSlack; };
    };
    if (name == kBalancedPoint) return within(best_ms_ / kBalancedSpeed);
    if (name == kAccuratePoint) return within(best_ms_);
    if (name == kSteadyPoint) return [this](std::size_t at) { return points_[at].latency_p99_ms <= best_ms_ * kSlack; };
    return {};
  }

  Order FasterThan() const {
    return [this](std::size_t a, std::size_t b) { return points_[a].latency_ms * kSlack < points_[b].latency_ms; };
  }

  /// The first by `before` among those that keep the promise; `present` first of equals.
  std::size_t Best(std::size_t present, const Test& keeps, const Order& before) const {
    for (const bool certified : {true, false}) {
      if (certified && !points_[present].certified()) continue;
      std::size_t chosen = points_.size();
      for (std::size_t step = 0; step <= points_.size(); ++step) {
        const std::size_t at = step == 0 ? present : step - 1;
        if (!keeps(at) || (certified && !points_[at].certified())) continue;
        if (chosen == points_.size() || before(at, chosen)) chosen = at;
      }
      if (chosen < points_.size()) return chosen;
    }
    std::size_t fastest = present;
    for (std::size_t at = 0; at < points_.size(); ++at) {
      if (FasterThan()(at, fastest)) fastest = at;
    }
    return fastest;
  }

  const std::vector<ManifestPoint>& points_;
  double best_ms_;
  std::vector<double> mean_error_ms_;  ///< one standard error, by point
};

}  // namespace

std::vector<ManifestPoint> ReplannedPoints(const Manifest& before, const Manifest& after, const Policy& policy) {
  const double features = before.features_ms > 0 ? after.features_ms / before.features_ms : 1;
  std::vector<StepCost> costs;
  std::map<std::string, int> inputs;
  for (const ManifestCandidate& candidate : after.candidates) {
    const CandidateCost* cost = PlanningCost(candidate);
    const int input = inputs.emplace(candidate.preprocess_key, static_cast<int>(inputs.size())).first->second;
    costs.push_back({cost == nullptr ? 0 : cost->inference_ms, cost == nullptr ? 0 : cost->preprocess_ms, input});
  }
  std::vector<ManifestPoint> points = before.operating_points;
  for (std::size_t at = 0; at < points.size(); ++at) {
    ManifestPoint& point = points[at];
    point.worst_path_ms = DearestPath(policy, static_cast<int>(at), costs, after.features_ms);
    if (point.paths.empty()) continue;  // there is nothing to plan from
    const double rest_ms = features * LoadOf(before, point).rest_ms;
    const std::vector<PathTime> times = TimesOf(after, policy, at, rest_ms);
    point.latency_ms = Mean(times);
    point.latency_p50_ms = QuantileOf(times, 0.5);
    point.latency_p99_ms = QuantileOf(times, 0.99);
  }
  return points;
}

std::vector<RechosenPoint> RechoosePoints(const Manifest& manifest, const Policy& policy) {
  const std::vector<ManifestPoint>& points = manifest.operating_points;
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  std::vector<RechosenPoint> chosen;
  const Rechooser rechooser(manifest, policy);
  for (std::size_t at = 0; at < points.size(); ++at) {
    if (staged != nullptr && points[at].name.starts_with(kUnnamedPoint)) continue;
    chosen.push_back({points[at].name, staged == nullptr ? at : rechooser.For(at)});
  }
  if (staged == nullptr) return chosen;
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].latency_ms < points[b].latency_ms ||
           (points[a].latency_ms <= points[b].latency_ms && points[a].certified() && !points[b].certified());
  });
  const std::size_t named = chosen.size();
  if (named == points.size() && std::all_of(chosen.begin(), chosen.end(), [&](const RechosenPoint& point) {
        return points[point.from].name == point.name;
      })) {
    return chosen;
  }
  for (const std::size_t at : order) {
    const int root = staged->plan().roots[at];
    const bool listed =
        std::any_of(chosen.begin() + static_cast<std::ptrdiff_t>(named), chosen.end(),
                    [&](const auto& have) { return SameTree(staged->plan(), staged->plan().roots[have.from], root); });
    if (!listed) chosen.push_back({kUnnamedPoint + std::to_string(chosen.size() - named + 1), at});
  }
  return chosen;
}

std::unique_ptr<Policy> WithPoints(const Policy& policy, const std::vector<RechosenPoint>& points,
                                   const std::vector<double>& costs_ms) {
  const auto* staged = dynamic_cast<const StagedPolicy*>(&policy);
  if (staged == nullptr) return nullptr;
  PolicyCommon common = staged->common();
  StagedPlan plan = staged->plan();
  common.costs_ms = costs_ms;
  common.operating_points.clear();
  plan.roots.clear();
  for (const RechosenPoint& point : points) {
    common.operating_points.push_back(point.name);
    plan.roots.push_back(staged->plan().roots[point.from]);
  }
  return std::make_unique<StagedPolicy>(std::move(common), std::move(plan));
}

}  // namespace amsel
