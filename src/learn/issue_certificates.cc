#include "learn/issue_certificates.h"

#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "learn/certify.h"
#include "learn/simulate.h"

namespace amsel {

Status IssueCertificates(const ProfileTable& table, Rows rows, const LearnedPolicy& learned, double epsilon,
                         const LearnOptions& options, Manifest& manifest) {
  if (rows.empty()) return {};
  const auto best = std::find_if(table.candidates.begin(), table.candidates.end(),
                                 [&](const auto& candidate) { return candidate.name == manifest.single_best; });
  const auto c = static_cast<std::size_t>(best - table.candidates.begin());
  std::vector<char> single;
  std::vector<int> groups;
  for (const std::size_t i : rows) {
    single.push_back(table.Right(c, i) ? 1 : 0);
    groups.push_back(table.groups[i]);
  }
  std::vector<std::size_t> order(manifest.operating_points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return manifest.operating_points[a].top1 > manifest.operating_points[b].top1;
  });
  std::vector<PointOutcome> outcomes;
  for (const std::size_t point : order) {
    Simulator simulator(table, learned, static_cast<int>(point));
    std::vector<char> right;
    for (const std::size_t i : rows) right.push_back(simulator.Run(i).rank == 0 ? 1 : 0);
    outcomes.push_back({manifest.operating_points[point].name, std::move(right)});
  }
  CertifyOptions certify;
  certify.epsilon = epsilon;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    // One that is never right leaves no accuracy to claim.
    if (candidate.name == manifest.single_best && candidate.training_top1 > 0) {
      certify.min_accuracy = candidate.training_top1;
    }
  }
  certify.seed = options.seed;
  AMSEL_ASSIGN_OR_RETURN(const auto certificates, Certify(outcomes, single, groups, certify));
  for (std::size_t n = 0; n < order.size(); ++n) {
    manifest.operating_points[order[n]].certificates.assign(certificates[n].begin(), certificates[n].end());
  }
  return {};
}

}  // namespace amsel
