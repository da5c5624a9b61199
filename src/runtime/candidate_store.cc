#include "runtime/candidate_store.h"

#include <map>
#include <utility>

#include "base/status_macros.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

/// Which DNN each candidate is a view of, numbered in the order of their first views.
std::vector<std::size_t> DnnsOfCandidates(const Manifest& manifest) {
  std::map<std::pair<std::string, std::string>, std::size_t> numbers;
  std::vector<std::size_t> dnn_of;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    dnn_of.push_back(numbers.emplace(std::pair(candidate.folder, candidate.sha256), numbers.size()).first->second);
  }
  return dnn_of;
}

std::vector<std::unique_ptr<LoadableDnn>> DnnsWithViews(const Bundle& bundle, const std::vector<Placement>& placements,
                                                        const std::vector<std::size_t>& dnn_of) {
  std::map<std::size_t, std::vector<CandidateId>> views;
  for (std::size_t c = 0; c < dnn_of.size(); ++c) views[dnn_of[c]].push_back(static_cast<CandidateId>(c));
  std::vector<std::unique_ptr<LoadableDnn>> dnns;
  for (const auto& [at, own] : views) {
    const Placement& placement = placements[static_cast<std::size_t>(own.front())];
    dnns.push_back(std::make_unique<LoadableDnn>(bundle, own, placement));
  }
  return dnns;
}

}  // namespace

CandidateStore::CandidateStore(const Bundle& bundle, const std::vector<Placement>& placements, const Clock& clock)
    : bundle_(&bundle),
      clock_(&clock),
      dnn_of_(DnnsOfCandidates(bundle.manifest())),
      dnns_(DnnsWithViews(bundle, placements, dnn_of_), clock) {
  const bool placed = placements.size() > dnn_of_.size();
  if (bundle.manifest().feature_dnn && placed) {
    feature_dnn_ = std::make_shared<SharedFeatureDnn>(bundle, placements.back());
  }
}

Result<CandidateStore::Use> CandidateStore::Get(CandidateId id, std::optional<Nanoseconds> patience) {
  AMSEL_ASSIGN_OR_RETURN(DnnUse dnn, dnns_.Get(DnnOf(id), patience));
  return Use(std::move(dnn), id, *clock_);
}

std::optional<Nanoseconds> CandidateStore::TimeToLoad(CandidateId id) const {
  const DnnCost* cost = PlanningCost(bundle_->candidate(id));
  std::optional<Nanoseconds> planned;
  if (cost != nullptr) planned = FromMilliseconds(cost->load_ms);
  return dnns_.TimeToLoad(DnnOf(id), planned);
}

void CandidateStore::SetBudget(const MemoryBudget& budget) {
  budget_ = budget;
  dnns_.SetBudget(budget);
}

void CandidateStore::SetShares(const std::vector<double>& share) {
  std::vector<double> by_dnn(dnn_of_.size());  // at least as many
  for (std::size_t c = 0; c < share.size(); ++c) by_dnn[dnn_of_[c]] += share[c];
  dnns_.SetShares(by_dnn);
}

}  // namespace amsel
