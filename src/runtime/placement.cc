#include "runtime/placement.h"

#include <functional>
#include <map>

#include "backend/caller_backend.h"
#include "base/status_macros.h"
#include "card/feature_dnn_card.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

/// Gives the back end that a request, or else the plan, names.
using Opener = std::function<Result<Backend*>(const std::string& name)>;

Result<Placement> PlaceOne(const Dnn& dnn, const std::string& name, const SessionRequest& request,
                           const BackendChoice& choice, const Opener& open) {
  const auto place = [&]() -> Result<Placement> {
    const DnnCost* plan = PlanningCost(dnn);
    AMSEL_ASSIGN_OR_RETURN(Backend * backend,
                           open(request.backend.empty() && plan != nullptr ? plan->backend : request.backend));
    SessionOptions options = plan == nullptr ? SessionOptions() : OptionsAsMeasured(*plan, *backend);
    options.cache = choice.cache;
    options.run_limit = choice.run_limit;
    Placement placement{backend, Requested(std::move(options), request)};
    AMSEL_RETURN_IF_ERROR(CheckProvider(*backend, placement.options.provider));
    return placement;
  };
  Result<Placement> placed = place();
  return placed.ok() ? placed : Error{placed.error().kind, name + ": " + placed.error().message};
}

/// The names by which a candidate's DNN may be asked for, its views' names among them. Usage error where it is by more
/// than one.
Result<std::vector<std::string>> NamesOfDnn(const Manifest& manifest, const std::string& folder,
                                            const BackendChoice& choice) {
  std::vector<std::string> names;
  std::vector<std::string> asked;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    if (candidate.folder != folder) continue;
    names.push_back(candidate.name);
    if (choice.candidates.contains(candidate.name)) asked.push_back(candidate.name);
  }
  if (asked.size() > 1) {
    return UsageError(asked[0] + " and " + asked[1] +
                      " are views of one DNN, which runs one way: say so for one of them");
  }
  names.push_back(folder);
  return names;
}

Result<std::vector<Placement>> PlaceAll(const Manifest& manifest, const BackendChoice& choice, const Opener& open) {
  std::vector<std::string> names;
  for (const ManifestCandidate& candidate : manifest.candidates) names.push_back(candidate.name);
  if (manifest.feature_dnn) names.emplace_back(kFeatureDnnName);
  AMSEL_RETURN_IF_ERROR(CheckNames(choice, names));
  std::map<std::string, Placement> by_folder;
  std::vector<Placement> placements;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    auto placed = by_folder.find(candidate.folder);
    if (placed == by_folder.end()) {
      AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> own_names, NamesOfDnn(manifest, candidate.folder, choice));
      AMSEL_ASSIGN_OR_RETURN(Placement placement,
                             PlaceOne(candidate, "candidate " + candidate.name, choice.For(own_names), choice, open));
      placement.options.free_size = SeenInSizes(manifest, candidate.folder);
      placed = by_folder.emplace(candidate.folder, std::move(placement)).first;
    }
    placements.push_back(placed->second);
  }
  if (manifest.feature_dnn) {
    AMSEL_ASSIGN_OR_RETURN(Placement placement, PlaceOne(*manifest.feature_dnn, kFeatureDnnName,
                                                         choice.For({kFeatureDnnName}), choice, open));
    placements.push_back(std::move(placement));
  }
  return placements;
}

}  // namespace

bool SeenInSizes(const Manifest& manifest, const std::string& folder) {
  return std::any_of(manifest.candidates.begin(), manifest.candidates.end(), [&](const ManifestCandidate& candidate) {
    return candidate.folder == folder && candidate.view.is_size();
  });
}

Result<std::vector<Placement>> PlaceCandidates(const Manifest& manifest, const BackendChoice& choice,
                                               Backends& backends) {
  return PlaceAll(manifest, choice, [&](const std::string& name) { return backends.Get(name); });
}

Result<std::vector<Placement>> PlaceCandidatesOn(const Manifest& manifest, const BackendChoice& choice,
                                                 Backend& backend) {
  return PlaceAll(manifest, choice, [&](const std::string&) { return Result<Backend*>(&backend); });
}

SessionOptions OptionsAsMeasured(const DnnCost& cost, const Backend& backend) {
  SessionOptions options;
  options.threads = std::max(cost.threads, 1);
  options.graph = GraphOptimizationNamed(cost.graph);
  if (cost.backend == backend.name()) {
    options.provider = cost.provider;
    options.precision = PrecisionNamed(cost.precision);
  }
  return options;
}

bool AnswersAsProfiled(const Dnn& dnn, const Placement& placement) {
  if (IsCaller(*placement.backend)) return false;  // nobody knows what he runs
  const BackendIdentity here = IdentityOf(*placement.backend, placement.options);
  for (const DnnCost& cost : dnn.costs) {
    if (IdentityOf(cost) != here) continue;
    return !cost.conformance || cost.conformance->holds;  // the newest that was measured comes first
  }
  return false;
}

std::vector<std::string> NotAsProfiled(const Manifest& manifest, const Policy& policy, std::size_t point,
                                       const std::vector<Placement>& placements) {
  std::vector<std::string> names;
  const CandidateSet reached = policy.ReachedAt(static_cast<int>(point));
  for (std::size_t c = 0; c < manifest.candidates.size(); ++c) {
    const bool runs = reached.Contains(static_cast<CandidateId>(c));
    if (runs && !AnswersAsProfiled(manifest.candidates[c], placements[c])) names.push_back(manifest.candidates[c].name);
  }
  const bool placed = manifest.feature_dnn && placements.size() > manifest.candidates.size();
  if (placed && policy.ReadsFeaturesWithin(static_cast<int>(point), policy.most_stages())) {
    const Placement& at = placements.back();
    if (!AnswersAsProfiled(*manifest.feature_dnn, at)) names.emplace_back(kFeatureDnnName);
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
