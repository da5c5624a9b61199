#include "train/issue_certificates.h"

#include <algorithm>
#include <numeric>

#include "base/nan_last.h"
#include "base/status_macros.h"
#include "learn/simulate.h"
#include "train/certify.h"

namespace amsel {
namespace {

std::vector<char> RightAnswers(const Outcomes& table, std::size_t candidate, Rows rows) {
  std::vector<char> right;
  for (const std::size_t i : rows) right.push_back(table.Right(candidate, i) ? 1 : 0);
  return right;
}

/// One image a group, as they will be counted.
ExpectedShares SharesOf(const std::vector<SimulatedRun>& runs, const std::vector<char>& single,
                        const std::vector<std::size_t>& votes) {
  ExpectedShares shares;
  for (const std::size_t r : votes) {
    const bool right = runs[r].rank == 0;
    shares.only_single += single[r] != 0 && !right ? 1.0 : 0;
    shares.only_point += single[r] == 0 && right ? 1.0 : 0;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(votes.size(), 1));
  return {shares.only_single / count, shares.only_point / count};
}

}  // namespace

Status IssueCertificates(const Outcomes& table, Rows rows, const LearnedPolicy& learned, const SeenInChoosing& seen,
                         double epsilon, const LearnOptions& options, Manifest& manifest) {
  if (rows.empty()) return {};
  std::vector<ManifestPoint>& points = manifest.operating_points;
  const auto best = std::find_if(table.candidates.begin(), table.candidates.end(),
                                 [&](const auto& candidate) { return candidate.name == manifest.single_best; });
  const auto c = static_cast<std::size_t>(best - table.candidates.begin());
  CertifyOptions certify;
  certify.epsilon = epsilon;
  certify.seed = options.seed;
  const std::vector<std::size_t> votes = OneImagePerGroup(GroupsOf(table, seen.rows), options.seed);
  const std::vector<char> single_seen = RightAnswers(table, c, seen.rows);
  const std::vector<int> groups = GroupsOf(table, rows);
  const auto images = static_cast<std::int64_t>(OneImagePerGroup(groups, options.seed).size());
  std::vector<ExpectedShares> shares;
  std::vector<double> expected;
  std::vector<std::size_t> order;
  for (std::size_t point = 0; point < points.size(); ++point) {
    shares.push_back(SharesOf(seen.runs[point], single_seen, votes));
    expected.push_back(ExpectedLossBound(shares.back(), images, certify));
    if (points[point].same_as.empty()) order.push_back(point);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return LowFirst(expected[a]) < LowFirst(expected[b]); });
  std::vector<PointOutcome> outcomes;
  for (const std::size_t point : order) {
    Simulator simulator(table, learned, static_cast<int>(point));
    std::vector<char> right;
    for (const std::size_t i : rows) right.push_back(simulator.Run(i).rank == 0 ? 1 : 0);
    const CandidateId only = learned.policy->OnlyCandidateAt(static_cast<int>(point));
    const bool is_best = only != kNoCandidate && learned.candidates[static_cast<std::size_t>(only)] == c;
    outcomes.push_back({points[point].name, std::move(right), is_best});
  }
  AMSEL_ASSIGN_OR_RETURN(auto certificates, Certify(outcomes, RightAnswers(table, c, rows), groups, certify));
  for (std::size_t n = 0; n < order.size(); ++n) {
    for (ManifestCertificate& certificate : certificates[n]) {
      const bool open = certificate.claim && certificate.outcome != ClaimOutcome::kHolds;
      if (open) certificate.images_needed = ImagesToShow(shares[order[n]], certify);
    }
    points[order[n]].certificates = std::move(certificates[n]);
  }
  for (ManifestPoint& point : points) {
    const auto twin = std::find_if(points.begin(), points.end(),
                                   [&](const ManifestPoint& other) { return other.name == point.same_as; });
    if (twin != points.end()) point.certificates = twin->certificates;
  }
  return {};
}

}  // namespace amsel
