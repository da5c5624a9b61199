// Fixed-sequence testing along operating points, which holds the chance of any false claim at its level without
// dividing it (Learn then Test: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan & L. Lei, arXiv 2110.01052).
// The first false claim in the order is the same on every sample, and no claim behind it is made unless it is. Tests
// are exact: Clopper-Pearson bounds on the accuracy and, for a paired difference of accuracies, on each of its two
// discordant shares at half the level.
#include "learn/certify.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <map>

#include "base/random.h"
#include "base/status_macros.h"
#include "stats/exact.h"

namespace amsel {
namespace {

/// What the votes say of one point.
struct Counts {
  std::int64_t images = 0;
  std::int64_t right = 0;
  std::int64_t only_single = 0;  ///< the single best was right and the point was not
  std::int64_t only_point = 0;
};

struct Claim {
  CertificateKind kind;
  std::optional<double> value;
  double level;
};

Counts CountVotes(std::span<const char> right, std::span<const char> single_best, std::span<const std::size_t> votes) {
  Counts counts;
  for (const std::size_t i : votes) {
    const bool point = right[i] != 0;
    const bool single = single_best[i] != 0;
    ++counts.images;
    counts.right += point ? 1 : 0;
    counts.only_single += single && !point ? 1 : 0;
    counts.only_point += point && !single ? 1 : 0;
  }
  return counts;
}

double Bound(CertificateKind kind, const Counts& counts, double level) {
  if (kind == CertificateKind::kAccuracy) return BinomialLowerBound(counts.right, counts.images, level);
  return BinomialUpperBound(counts.only_single, counts.images, level / 2) -
         BinomialLowerBound(counts.only_point, counts.images, level / 2);
}

bool Shows(CertificateKind kind, double bound, double claim) {
  return kind == CertificateKind::kAccuracy ? bound >= claim : bound <= claim;
}

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

std::string Counted(CertificateKind kind, const Counts& counts) {
  if (kind == CertificateKind::kAccuracy) return std::to_string(counts.right) + " right";
  return std::to_string(counts.only_single) + " right by the single best alone, " + std::to_string(counts.only_point) +
         " by this point alone";
}

/// Why the images cannot show the claim, and how many could at the least.
std::string Refusal(const Claim& claim, double limit) {
  const bool accuracy = claim.kind == CertificateKind::kAccuracy;
  const double images =
      accuracy ? std::log(claim.level) / std::log(*claim.value) : std::log(claim.level / 2) / std::log1p(-*claim.value);
  std::string text = accuracy ? "; even if all were right, no more than " + Percent(limit) + " could be shown"
                              : "; even without a difference, no less than " + Percent(limit) + " could be shown";
  constexpr double kTooMany = 1e15;
  const bool countable = images < kTooMany;  // infinite where the claim is perfection
  if (!countable || images < 0) return text + ", nor could it be by any number of images";
  const auto least = static_cast<std::int64_t>(std::ceil(images));
  return text + ", so it takes " + std::to_string(least) + (least == 1 ? " image" : " images") + " or more";
}

/// Sets the outcome. `stopped_at` names the point that did not pass before this one, if any.
void Judge(const Claim& claim, bool passes, const std::string* stopped_at, ManifestCertificate& certificate) {
  if (passes && stopped_at == nullptr) {
    certificate.outcome = ClaimOutcome::kHolds;
  } else if (!Shows(claim.kind, certificate.limit, *claim.value)) {
    certificate.outcome = ClaimOutcome::kRefused;
    certificate.note += Refusal(claim, certificate.limit);
  } else if (stopped_at != nullptr) {
    certificate.outcome = ClaimOutcome::kNotReached;
    certificate.note += "; not tested, since " + *stopped_at + " before it did not pass";
  } else {
    certificate.outcome = ClaimOutcome::kFails;
  }
}

/// Certificates of one kind for all points: the claim by fixed sequence, the bounds by Bonferroni.
std::vector<ManifestCertificate> CertifyKind(const Claim& claim, std::span<const PointOutcome> points,
                                             std::span<const Counts> counts) {
  std::vector<ManifestCertificate> certificates;
  const std::string* stopped_at = nullptr;  // the first point that did not pass
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Counts ideal{counts[i].images, counts[i].images, 0, 0};
    ManifestCertificate certificate;
    certificate.kind = claim.kind;
    certificate.claim = claim.value;
    certificate.claim_level = claim.level;
    certificate.bound_level = claim.level / static_cast<double>(points.size());
    certificate.bound = Bound(claim.kind, counts[i], certificate.bound_level);
    certificate.limit = Bound(claim.kind, ideal, claim.level);
    certificate.images = counts[i].images;
    certificate.note = Counted(claim.kind, counts[i]);
    if (claim.value) {
      const bool passes = Shows(claim.kind, Bound(claim.kind, counts[i], claim.level), *claim.value);
      Judge(claim, passes, stopped_at, certificate);
      if (!passes && stopped_at == nullptr) stopped_at = &points[i].point;
    }
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

}  // namespace

Status CheckCertifyOptions(const CertifyOptions& options) {
  const auto refuse = [](const char* name, const char* expected, double found) {
    return UsageError(std::string(name) + ": expected " + expected + ", found " + std::to_string(found));
  };
  // Asked for what is good, so that NaN is not.
  const bool alpha_fits = options.alpha > 0 && options.alpha < 1;
  if (!alpha_fits) return refuse("alpha", "more than 0 and less than 1", options.alpha);
  const bool epsilon_fits = options.epsilon >= 0 && options.epsilon < 1;
  if (!epsilon_fits) return refuse("epsilon", "at least 0 and less than 1", options.epsilon);
  const double least = options.min_accuracy.value_or(1);
  const bool least_fits = least > 0 && least <= 1;
  if (!least_fits) return refuse("min_accuracy", "more than 0 and at most 1", least);
  return {};
}

std::vector<std::size_t> OneImagePerGroup(std::span<const int> groups, std::uint64_t seed) {
  std::map<int, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  Random random(seed);
  std::vector<std::size_t> drawn;
  drawn.reserve(members.size());
  for (const auto& [group, images] : members) drawn.push_back(images[random.Below(images.size())]);
  return drawn;
}

Result<std::vector<std::vector<ManifestCertificate>>> Certify(std::span<const PointOutcome> points,
                                                              std::span<const char> single_best,
                                                              std::span<const int> groups,
                                                              const CertifyOptions& options) {
  AMSEL_RETURN_IF_ERROR(CheckCertifyOptions(options));
  assert(single_best.size() == groups.size());
  const std::vector<std::size_t> votes = OneImagePerGroup(groups, options.seed);
  std::vector<Counts> counts;
  for (const PointOutcome& point : points) {
    assert(point.right.size() == groups.size());
    counts.push_back(CountVotes(point.right, single_best, votes));
  }
  const double level = options.alpha / 2;  // the two kinds share it
  const auto accuracy = CertifyKind({CertificateKind::kAccuracy, options.min_accuracy, level}, points, counts);
  const auto not_worse =
      CertifyKind({CertificateKind::kNotWorseThanSingleBest, options.epsilon, level}, points, counts);
  std::vector<std::vector<ManifestCertificate>> certificates;
  for (std::size_t i = 0; i < points.size(); ++i) certificates.push_back({accuracy[i], not_worse[i]});
  return certificates;
}

}  // namespace amsel
