#include "runtime/operating_point.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "bundle/point_names.h"
#include "runtime/figure_text.h"

namespace amsel {
namespace {

/// Certificates of the point that hold, in words; with one of them its answers are certified.
std::vector<std::string> HoldingCertificates(const ManifestPoint& point) {
  std::vector<std::string> texts;
  for (const ManifestCertificate& certificate : point.certificates) {
    if (certificate.outcome != ClaimOutcome::kHolds) continue;
    texts.push_back(ClaimText(certificate) + ", tested on " + std::to_string(certificate.images) +
                    " images at the level " + Formatted("%.4g", certificate.claim_level));
  }
  return texts;
}

/// One limit, and what each point has to set against it.
struct Limit {
  std::string subject;
  std::string unit;
  bool at_least = false;  ///< or at most
  double bound = 0;
  std::function<std::optional<double>(const ManifestPoint&)> figure;

  std::string Text() const {
    return subject + (at_least ? " of at least " : " of at most ") + Formatted("%.6g", bound) + unit;
  }

  /// Rounded to the side on which the point keeps it, so that what is printed can be asked for.
  std::string FigureText(const ManifestPoint& point) const {
    constexpr double kSteps = 1e4;
    constexpr double kExact = 1e-6;  // of a step: a figure that needs no rounding is not rounded
    const double steps = figure(point).value_or(0) * kSteps;
    return Formatted("%.4f", (at_least ? std::floor(steps + kExact) : std::ceil(steps - kExact)) / kSteps) + unit;
  }

  /// By what share of the bound the point misses it; 0 or less where it is kept.
  double Excess(const ManifestPoint& point) const {
    const std::optional<double> value = figure(point);
    if (!value) return std::numeric_limits<double>::infinity();
    constexpr double kSlack = 1e-9;  // sums of the same terms in another order
    const double over = at_least ? bound - *value : *value - bound;
    if (over <= kSlack) return std::min(over, 0.0);
    const double share = over / std::max(std::abs(bound), kSlack);
    return std::isnan(share) ? std::numeric_limits<double>::infinity() : share;
  }
};

std::vector<Limit> LimitsFor(const Manifest& manifest, const OperatingLimits& limits) {
  std::vector<Limit> all;
  if (limits.mean_latency) {
    all.push_back({"a mean latency", " ms", false, limits.mean_latency->count(),
                   [](const ManifestPoint& point) { return point.latency_ms; }});
  }
  if (limits.max_latency) {
    all.push_back({"a worst path", " ms", false, limits.max_latency->count(),
                   [](const ManifestPoint& point) { return point.worst_path_ms; }});
  }
  const auto top1 = [](const ManifestPoint& point) { return point.top1; };
  if (limits.min_accuracy) all.push_back({"a top-1 accuracy", "", true, *limits.min_accuracy, top1});
  if (limits.as_accurate_as_single_best) {
    const ManifestCandidate* best = FindCandidate(manifest, manifest.single_best);
    const auto sure = [](const ManifestPoint& point) {
      return IsSaver(point.name) ? std::nullopt : std::optional(point.top1);
    };
    all.push_back({"a top-1 accuracy (that of the single best, " + manifest.single_best + ")", "", true,
                   best == nullptr ? 0 : best->training_top1, sure});
  }
  if (limits.max_energy_mj) {
    const auto& points = manifest.operating_points;
    const bool estimated = std::any_of(points.begin(), points.end(), [&](const ManifestPoint& point) {
      return PlannedEnergySource(manifest, point).find("estimate") != std::string::npos;
    });
    all.push_back({estimated ? "an estimated mean energy" : "a mean energy", " mJ", false, *limits.max_energy_mj,
                   [&manifest](const ManifestPoint& point) { return PlannedEnergyMj(manifest, point); }});
  }
  return all;
}

double WorstExcess(const std::vector<Limit>& limits, const ManifestPoint& point) {
  double worst = -std::numeric_limits<double>::infinity();
  for (const Limit& limit : limits) worst = std::max(worst, limit.Excess(point));
  return worst;
}

/// Whether `a` is taken before `b` when both keep the limits.
bool Preferred(const ManifestPoint& a, const ManifestPoint& b, bool fastest) {
  const bool faster = a.latency_ms < b.latency_ms;
  const bool as_fast = a.latency_ms <= b.latency_ms;
  if (fastest) return faster || (as_fast && a.top1 > b.top1);
  return a.top1 > b.top1 || (a.top1 >= b.top1 && faster);
}

Error NoneKeeps(const std::vector<Limit>& limits, const ManifestPoint& nearest) {
  std::string asked;
  std::string kept;
  for (const Limit& limit : limits) {
    asked += (asked.empty() ? "" : " and ") + limit.Text();
    kept += (kept.empty() ? "" : " and ") + limit.subject + " of " + limit.FigureText(nearest);
  }
  return UsageError("no operating point of the bundle is planned with " + asked + "; the nearest is `" + nearest.name +
                    "`, with " + kept);
}

}  // namespace

const ManifestCandidate* FindCandidate(const Manifest& manifest, const std::string& name) {
  const auto it = std::find_if(manifest.candidates.begin(), manifest.candidates.end(),
                               [&](const ManifestCandidate& candidate) { return candidate.name == name; });
  return it == manifest.candidates.end() ? nullptr : &*it;
}

const DnnCost* PlanningCost(const Dnn& dnn) {
  return dnn.costs.empty() ? nullptr : &dnn.costs.front();
}

double PlannedMs(const ManifestCandidate& candidate) {
  const DnnCost* cost = PlanningCost(candidate);
  return cost == nullptr ? 0 : cost->preprocess_ms + cost->inference_ms;
}

double SingleBestMs(const Manifest& manifest) {
  const ManifestCandidate* best = FindCandidate(manifest, manifest.single_best);
  return best == nullptr ? 0 : PlannedMs(*best);
}

std::optional<double> PlannedEnergyMj(const Manifest& manifest, const ManifestPoint& point) {
  if (point.paths.empty()) return {};
  double sum = 0;
  for (const PathEntry& path : point.paths) {
    for (const std::string& name : path.sequence) {
      const ManifestCandidate* candidate = FindCandidate(manifest, name);
      const DnnCost* cost = candidate == nullptr ? nullptr : PlanningCost(*candidate);
      if (cost == nullptr || !cost->energy_mj) return {};
      sum += path.share * *cost->energy_mj;
    }
  }
  return sum;
}

std::string PlannedEnergySource(const Manifest& manifest, const ManifestPoint& point) {
  std::set<std::string> sources;
  for (const PathEntry& path : point.paths) {
    for (const std::string& name : path.sequence) {
      const ManifestCandidate* candidate = FindCandidate(manifest, name);
      const DnnCost* cost = candidate == nullptr ? nullptr : PlanningCost(*candidate);
      if (cost != nullptr && !cost->energy_source.empty()) sources.insert(cost->energy_source);
    }
  }
  std::string text;
  for (const std::string& source : sources) text += (text.empty() ? "" : " and ") + source;
  return text;
}

std::string ClaimText(const ManifestCertificate& certificate) {
  if (certificate.kind == CertificateKind::kAccuracy) {
    return certificate.claim ? "accuracy of " + Formatted("%.6g", 100 * *certificate.claim) + " % or more" : "accuracy";
  }
  return certificate.claim ? "at most " + Formatted("%.6g", 100 * *certificate.claim) + " points below the single best"
                           : "against the single best";
}

OperatingPoint DescribeOperatingPoint(const Manifest& manifest, const ManifestPoint& point) {
  using Time = OperatingPoint::Time;
  return {point.name,
          point.top1,
          point.top1_low,
          point.top1_high,
          point.gain,
          Time(point.latency_ms),
          Time(point.latency_p50_ms),
          Time(point.latency_p99_ms),
          Time(point.worst_path_ms),
          PlannedEnergyMj(manifest, point),
          PlannedEnergySource(manifest, point),
          HoldingCertificates(point)};
}

Result<int> ChooseOperatingPoint(const Manifest& manifest, const OperatingLimits& limits) {
  const std::vector<ManifestPoint>& points = manifest.operating_points;
  if (!limits.any()) return 0;
  const auto measured = [&](const ManifestPoint& point) { return PlannedEnergyMj(manifest, point).has_value(); };
  if (limits.max_energy_mj && std::none_of(points.begin(), points.end(), measured)) {
    return UsageError(
        "energy cannot be limited: the bundle has no energy figures (`energy_mj`) of the candidates that its points "
        "run");
  }
  const std::vector<Limit> all = LimitsFor(manifest, limits);
  const bool accuracy = limits.min_accuracy || limits.as_accurate_as_single_best;
  const bool fastest = accuracy && !limits.mean_latency && !limits.max_latency;
  const ManifestPoint* chosen = nullptr;
  const ManifestPoint* nearest = nullptr;
  double least = 0;
  for (const ManifestPoint& point : points) {
    const double excess = WorstExcess(all, point);
    if (excess <= 0 && (chosen == nullptr || Preferred(point, *chosen, fastest))) chosen = &point;
    if (nearest == nullptr || excess < least || (excess <= least && Preferred(point, *nearest, false))) {
      nearest = &point;
      least = excess;
    }
  }
  if (chosen == nullptr) return NoneKeeps(all, *nearest);
  return static_cast<int>(chosen - points.data());
}

}  // namespace amsel
