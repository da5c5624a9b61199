#include "runtime/retarget.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/device.h"
#include "base/status_macros.h"
#include "bundle/named_points.h"
#include "bundle/point_names.h"
#include "card/feature_dnn_card.h"
#include "runtime/operating_point.h"
#include "runtime/placement.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

bool SameWay(const DnnCost& cost, const Placement& at) {
  return IdentityOf(cost) == IdentityOf(*at.backend, at.options) && cost.threads == at.options.threads &&
         GraphOptimizationNamed(cost.graph) == at.options.graph;
}

/// The way that the candidate was planned to run, where it is among those tried.
const Variant* AsPlanned(const std::vector<Variant>& tried, const DnnCost* plan) {
  for (const Variant& variant : tried) {
    if (plan != nullptr && variant.failure.empty() && SameWay(*plan, variant.at)) return &variant;
  }
  return nullptr;
}

Error RunsNoWay(const std::string& name, const std::vector<Variant>& tried) {
  std::string why;
  for (const Variant& variant : tried) {
    why += "\n  " + IdentityText(IdentityOf(*variant.at.backend, variant.at.options)) + ": " + variant.failure;
  }
  return RuntimeFailure(name + " runs in no way that was tried:" + why);
}

/// How much slower this device is than the one of the former plan, for what cannot be measured without images: 1 on the
/// same device, else the median over candidates of new against old, run as planned where that was tried.
double Slowdown(const RetargetReport& report, const std::vector<MeasuredCost>& costs) {
  std::vector<double> ratios;
  bool elsewhere = false;
  for (std::size_t c = 0; c < report.candidates.size(); ++c) {
    const RetargetedCandidate& candidate = report.candidates[c];
    const DnnCost* plan = PlanningCost(report.before.candidates[c]);
    if (plan == nullptr || plan->inference_ms <= 0 || candidate.tried.empty()) continue;
    elsewhere = elsewhere || plan->device != DeviceName();
    const Variant* same = AsPlanned(candidate.tried, plan);
    ratios.push_back((same == nullptr ? costs[c].inference_ms : same->median_ms) / plan->inference_ms);
  }
  return elsewhere && !ratios.empty() ? Quantile(ratios, 0.5) : 1;
}

/// Says what it is measured with.
void SetWay(const Placement& at, DnnCost& cost) {
  cost.backend = at.backend->name();
  cost.backend_version = at.backend->version();
  cost.provider = ProviderOf(*at.backend, at.options);
  cost.precision = PrecisionName(at.options.precision);
  cost.device = DeviceName();
  cost.threads = at.options.threads;
  cost.graph = GraphOptimizationName(at.options.graph);
}

DnnCost CostHere(const MeasuredCost& measured, const Placement& at, const DnnCost* plan, double slowdown) {
  DnnCost cost;
  SetWay(at, cost);
  cost.preprocess_ms = plan == nullptr ? 0 : slowdown * plan->preprocess_ms;
  cost.inference_ms = measured.inference_ms;
  cost.inference_p50_ms = measured.p50_ms;
  cost.inference_p99_ms = measured.p99_ms;
  cost.inference_after_ms = measured.after_ms;
  cost.int8 = measured.int8;
  cost.load_ms = measured.load_ms;
  cost.resident_bytes = measured.resident_bytes;
  if (plan != nullptr && plan->device == cost.device && SameWay(*plan, at)) {  // what was measured so still stands
    cost.energy_mj = plan->energy_mj;
    cost.energy_source = plan->energy_source;
  }
  cost.conformance = measured.check;
  return cost;
}

/// The planning cost comes first; an earlier one that was measured here the same way goes.
void PutCost(const DnnCost& cost, const Placement& at, ManifestCandidate& candidate) {
  std::erase_if(candidate.costs,
                [&](const DnnCost& old) { return old.conformance && old.device == cost.device && SameWay(old, at); });
  candidate.costs.insert(candidate.costs.begin(), cost);
}

/// Finds the way to run each candidate; views of one DNN go the same way.
Result<std::vector<Placement>> Tune(const Bundle& bundle, const TuneOptions& options, const Clock& clock,
                                    RetargetReport& report) {
  const auto& candidates = bundle.manifest().candidates;
  std::map<std::string, std::size_t> first;
  for (std::size_t c = 0; c < candidates.size(); ++c) first.emplace(candidates[c].folder, c);
  std::vector<Placement> placements;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    report.candidates.push_back({candidates[c].name, 0, {}, {}, false});
    if (const std::size_t same = first.at(candidates[c].folder); same != c) {
      placements.push_back(placements[same]);
      continue;
    }
    AMSEL_RETURN_IF_ERROR(bundle.VerifiedFile(candidates[c]));
    std::vector<Placement> variants = VariantsOf(options);
    for (Placement& variant : variants) {
      variant.options.free_size = SeenInSizes(bundle.manifest(), candidates[c].folder);
    }
    std::vector<Variant>& tried = report.candidates.back().tried;
    tried = MeasureVariants(bundle, static_cast<CandidateId>(c), variants, clock,
                            options.time / static_cast<std::int64_t>(first.size()));
    const int best = BestVariant(tried);
    if (best < 0) return RunsNoWay("candidate " + candidates[c].name, tried);
    placements.push_back(tried[static_cast<std::size_t>(best)].at);
    if (options.progress) options.progress(c + 1, 2 * candidates.size());
  }
  return placements;
}

/// As it was planned, where that is among the back ends; then the ways that candidates are tried.
std::vector<Placement> WaysOf(const DnnCost& plan, const TuneOptions& options) {
  std::vector<Placement> ways;
  for (Backend* backend : options.backends) {
    if (backend->name() != plan.backend || !CheckProvider(*backend, plan.provider).ok()) continue;
    ways.push_back({backend, OptionsAsMeasured(plan, *backend)});
    ways.back().options.cache = options.cache;
  }
  const std::vector<Placement> others = VariantsOf(options);
  ways.insert(ways.end(), others.begin(), others.end());
  return ways;
}

/// Puts into the manifest where the feature DNN runs here: the first way in which it conforms, or else in which it
/// runs.
Result<Placement> PlaceFeatureDnn(const Bundle& bundle, const TuneOptions& options, Dnn& dnn) {
  DnnCost& cost = dnn.costs.front();
  std::optional<Placement> chosen;
  std::vector<Variant> tried;
  for (const Placement& at : WaysOf(cost, options)) {
    const Result<ConformanceCheck> check = CheckConformance(bundle, dnn, at);
    if (!check.ok()) {
      tried.push_back({at, 0, {}, check.error().message});
    } else if (!chosen || check->holds) {
      chosen = at;
      cost.conformance = *check;
      if (check->holds) break;
    }
  }
  if (!chosen) return RunsNoWay(kFeatureDnnName, tried);
  SetWay(*chosen, cost);
  return *chosen;
}

/// Names and figures of the points for the costs in `report.after`.
void Replan(const Bundle& bundle, RetargetReport& report) {
  Manifest& after = report.after;
  const std::vector<ManifestPoint> points = ReplannedPoints(report.before, after, bundle.policy());
  after.operating_points = points;
  report.points = RechoosePoints(after, bundle.policy());
  after.operating_points.clear();
  for (const PointOf& chosen : report.points) {
    after.operating_points.push_back(points[chosen.from]);
    after.operating_points.back().name = chosen.name;
  }
  NameTwins(bundle.policy(), report.points, after.operating_points);
}

Result<BundleContents> ContentsOf(const Bundle& bundle) {
  BundleContents contents;
  contents.labels = bundle.labels();
  AMSEL_ASSIGN_OR_RETURN(contents.training_images, bundle.TrainingImages());
  const auto parts = [&](const Dnn& dnn) -> Result<BundleContents::DnnParts> {
    AMSEL_ASSIGN_OR_RETURN(TensorFile conformance, bundle.Conformance(dnn));
    return BundleContents::DnnParts{bundle.CardOf(dnn), bundle.Files(dnn).model, std::move(conformance)};
  };
  for (const ManifestCandidate& candidate : bundle.manifest().candidates) {
    AMSEL_ASSIGN_OR_RETURN(contents.folders[candidate.folder], parts(candidate));
  }
  if (const auto& dnn = bundle.manifest().feature_dnn) {
    AMSEL_ASSIGN_OR_RETURN(contents.feature_dnn, parts(*dnn));
  }
  return contents;
}

Status Write(const Bundle& bundle, const Manifest& manifest, const std::vector<PointOf>& points,
             const std::string& out) {
  AMSEL_ASSIGN_OR_RETURN(BundleContents contents, ContentsOf(bundle));
  contents.manifest = manifest;
  std::vector<double> costs_ms;
  for (const ManifestCandidate& candidate : manifest.candidates) costs_ms.push_back(PlannedMs(candidate));
  const std::unique_ptr<Policy> policy = bundle.policy().WithPoints(points, costs_ms);
  contents.policy = policy ? policy.get() : &bundle.policy();
  return WriteBundle(contents, out);
}

}  // namespace

bool RetargetReport::conforms() const {
  return std::all_of(candidates.begin(), candidates.end(),
                     [](const RetargetedCandidate& candidate) { return candidate.cost.conformance->holds; }) &&
         (!after.feature_dnn || after.feature_dnn->costs.front().conformance->holds);
}

Result<RetargetReport> Retarget(const Bundle& bundle, const TuneOptions& options, const Clock& clock,
                                const std::string& out) {
  AMSEL_RETURN_IF_ERROR(bundle.CheckRuns());
  RetargetReport report;
  report.before = report.after = bundle.manifest();
  AMSEL_ASSIGN_OR_RETURN(std::vector<Placement> placements, Tune(bundle, options, clock, report));
  const std::size_t count = report.candidates.size();
  const auto progress = [&](double share) {
    if (options.progress)
      options.progress(count + static_cast<std::size_t>(share * static_cast<double>(count)), 2 * count);
  };
  AMSEL_ASSIGN_OR_RETURN(const std::vector<MeasuredCost> costs,
                         MeasureCosts(bundle, placements, clock, options.time, progress));
  const double slowdown = Slowdown(report, costs);
  report.overheads_estimated = slowdown < 1 || slowdown > 1;
  report.after.features_ms *= slowdown;
  if (auto& dnn = report.after.feature_dnn) {
    dnn->costs.front().inference_ms *= slowdown;
    AMSEL_ASSIGN_OR_RETURN(Placement at, PlaceFeatureDnn(bundle, options, *dnn));
    placements.push_back(std::move(at));
  }
  for (std::size_t c = 0; c < count; ++c) {
    const DnnCost* plan = PlanningCost(report.before.candidates[c]);
    report.runs += costs[c].runs;
    report.disturbed += costs[c].disturbed;
    report.candidates[c].by_cpu_time = costs[c].by_cpu_time;
    report.candidates[c].before_ms = plan == nullptr ? 0 : plan->inference_ms;
    report.candidates[c].cost = CostHere(costs[c], placements[c], plan, slowdown);
    PutCost(report.candidates[c].cost, placements[c], report.after.candidates[c]);
  }
  report.uncertified = VoidHere(report.after, bundle.policy(), placements);
  Replan(bundle, report);
  AMSEL_RETURN_IF_ERROR(Write(bundle, report.after, report.points, out));
  return report;
}

}  // namespace amsel
