#include "runtime/placement.h"

#include <functional>
#include <map>

#include "base/status_macros.h"
#include "policy/reach.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

/// Gives the back end that a request, or else the plan, names.
using Opener = std::function<Result<Backend*>(const std::string& name)>;

Result<Placement> PlaceOne(const ManifestCandidate& candidate, const BackendChoice& choice, const Opener& open) {
  const SessionRequest request = choice.For({candidate.name, candidate.folder});
  const CandidateCost* plan = PlanningCost(candidate);
  AMSEL_ASSIGN_OR_RETURN(Backend * backend,
                         open(request.backend.empty() && plan != nullptr ? plan->backend : request.backend));
  SessionOptions options;
  if (plan != nullptr) {
    options.threads = std::max(plan->threads, 1);
    options.graph = GraphOptimizationNamed(plan->graph);
    if (plan->backend == backend->name()) {
      options.provider = plan->provider;
      options.precision = PrecisionNamed(plan->precision);
    }
  }
  options.cache = choice.cache;
  Placement placement{backend, Requested(std::move(options), request)};
  AMSEL_RETURN_IF_ERROR(CheckProvider(*backend, placement.options.provider));
  return placement;
}

Result<std::vector<Placement>> PlaceAll(const Manifest& manifest, const BackendChoice& choice, const Opener& open) {
  std::vector<std::string> names;
  for (const ManifestCandidate& candidate : manifest.candidates) names.push_back(candidate.name);
  AMSEL_RETURN_IF_ERROR(CheckNames(choice, names));
  std::map<std::string, Placement> by_folder;
  std::vector<Placement> placements;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    auto placed = by_folder.find(candidate.folder);
    if (placed == by_folder.end()) {
      Result<Placement> placement = PlaceOne(candidate, choice, open);
      if (!placement.ok()) {
        return Error{placement.error().kind, "candidate " + candidate.name + ": " + placement.error().message};
      }
      placed = by_folder.emplace(candidate.folder, std::move(*placement)).first;
    }
    placements.push_back(placed->second);
  }
  return placements;
}

}  // namespace

Result<std::vector<Placement>> PlaceCandidates(const Manifest& manifest, const BackendChoice& choice,
                                               Backends& backends) {
  return PlaceAll(manifest, choice, [&](const std::string& name) { return backends.Get(name); });
}

Result<std::vector<Placement>> PlaceCandidatesOn(const Manifest& manifest, const BackendChoice& choice,
                                                 Backend& backend) {
  return PlaceAll(manifest, choice, [&](const std::string&) { return Result<Backend*>(&backend); });
}

bool AnswersAsProfiled(const ManifestCandidate& candidate, const Placement& placement) {
  const BackendIdentity here = IdentityOf(*placement.backend, placement.options);
  for (const CandidateCost& cost : candidate.costs) {
    if (IdentityOf(cost) != here) continue;
    return !cost.conformance || cost.conformance->holds;  // the newest that was measured comes first
  }
  return false;
}

std::vector<std::string> NotAsProfiled(const Manifest& manifest, const Policy& policy, std::size_t point,
                                       const std::vector<Placement>& placements) {
  std::vector<std::string> names;
  const CandidateSet reached = ReachedAt(policy, static_cast<int>(point));
  for (std::size_t c = 0; c < manifest.candidates.size(); ++c) {
    const bool runs = reached.Contains(static_cast<CandidateId>(c));
    if (runs && !AnswersAsProfiled(manifest.candidates[c], placements[c])) names.push_back(manifest.candidates[c].name);
  }
  return names;
}

std::vector<std::string> VoidHere(const Manifest& manifest, const Policy& policy,
                                  const std::vector<Placement>& placements) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < manifest.operating_points.size(); ++at) {
    const ManifestPoint& point = manifest.operating_points[at];
    if (point.certified() && !NotAsProfiled(manifest, policy, at, placements).empty()) names.push_back(point.name);
  }
  return names;
}

}  // namespace amsel
