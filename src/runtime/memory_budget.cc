#include "runtime/memory_budget.h"

#include <algorithm>

#include "runtime/figure_text.h"

namespace amsel {
namespace {

/// In MB, rounded up, so that what is printed suffices.
std::string MbAtLeast(std::int64_t bytes) {
  constexpr std::int64_t kTenth = 100'000;
  const std::int64_t tenths = (bytes + kTenth - 1) / kTenth;
  return Formatted("%.1f MB", 0.1 * static_cast<double>(tenths));
}

}  // namespace

std::vector<double> CandidateShares(const Manifest& manifest, const ManifestPoint& point) {
  std::vector<double> shares(manifest.candidates.size());
  for (std::size_t c = 0; c < shares.size(); ++c) {
    for (const PathEntry& path : point.paths) {
      const bool runs =
          std::find(path.sequence.begin(), path.sequence.end(), manifest.candidates[c].name) != path.sequence.end();
      if (runs) shares[c] += path.share;
    }
  }
  return shares;
}

Status CheckBudget(const CandidateStore& store, const ManifestPoint& point) {
  if (!store.budget()) return {};
  const MemoryBudget& budget = *store.budget();
  const std::vector<double> shares = CandidateShares(store.bundle().manifest(), point);
  const bool any_share = std::any_of(shares.begin(), shares.end(), [](double share) { return share > 0; });
  CandidateId smallest = kNoCandidate;
  for (std::size_t c = 0; c < shares.size(); ++c) {
    const auto id = static_cast<CandidateId>(c);
    if (any_share && shares[c] <= 0) continue;
    if (store.Fits(id)) return {};
    if (smallest == kNoCandidate || store.BytesOf(id) < store.BytesOf(smallest)) smallest = id;
  }
  const std::string& name = store.bundle().candidate(smallest).name;
  return UsageError("a memory budget of " + MbAtLeast(budget.bytes) + " holds no candidate of operating point `" +
                    point.name + "`: the process has " + MbAtLeast(budget.base) +
                    " without any; the least that works is " + MbAtLeast(budget.base + store.BytesOf(smallest)) +
                    ", with " + name);
}

}  // namespace amsel
