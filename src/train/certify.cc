// Fixed-sequence testing along operating points, which holds the chance of any false claim at its level without
// dividing it (Learn then Test: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan & L. Lei, arXiv 2110.01052).
// The first false claim in the order is the same on every sample, and no claim behind it is made unless it is. Tests
// are exact: of a paired difference of accuracies by its score (stats/paired.h). Bounds on accuracies are
// Clopper-Pearson's. All bounds are by Bonferroni.
#include "train/certify.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <map>

#include "base/random.h"
#include "base/status_macros.h"
#include "stats/exact.h"
#include "stats/paired.h"

namespace amsel {
namespace {

/// What the votes say of one point.
struct Counts {
  std::int64_t images = 0;
  std::int64_t right = 0;
  std::int64_t only_single = 0;  ///< the single best was right and the point was not
  std::int64_t only_point = 0;
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

PairedCounts Against(const Counts& counts) {
  return {counts.images, counts.only_single, counts.only_point};
}

/// Whether the loss against the single best is shown to be below `epsilon`; a loss of 0 is none.
bool Shown(const PairedCounts& counts, double epsilon, double level) {
  return LossPValue(counts, epsilon) <= level;
}

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

/// Why so few images cannot show the claim, and how many could at the least.
std::string Refusal(double limit, const std::optional<std::int64_t>& least) {
  const std::string text = "; even without a difference, no less than " + Percent(limit) + " could be shown";
  if (!least) return text + ", nor could it be by 100,000 images";
  return text + ", so it takes about " + std::to_string(*least) + (*least == 1 ? " image" : " images") + " or more";
}

ManifestCertificate CertifyAccuracy(const Counts& counts, double level, double bound_level) {
  ManifestCertificate certificate;
  certificate.kind = CertificateKind::kAccuracy;
  certificate.claim_level = level;
  certificate.bound_level = bound_level;
  certificate.bound = BinomialLowerBound(counts.right, counts.images, bound_level);
  certificate.limit = BinomialLowerBound(counts.images, counts.images, level);
  certificate.images = counts.images;
  certificate.note = std::to_string(counts.right) + " right";
  return certificate;
}

/// The claims' level: the bounds on accuracies have the rest.
double LevelOf(const CertifyOptions& options) {
  return options.alpha / 2;
}

PairedCounts CountsOf(const ExpectedShares& shares, std::int64_t images) {
  const auto of = [&](double share) { return std::llround(share * static_cast<double>(images)); };
  const std::int64_t only_single = of(shares.only_single);
  return {images, only_single, std::min<std::int64_t>(of(shares.only_point), images - only_single)};
}

/// What so many images can show of a point that answers as the single best does.
struct Least {
  Least(std::int64_t images, const CertifyOptions& options)
      : limit(LossUpperBound({images, 0, 0}, LevelOf(options))),
        shows(Shown({images, 0, 0}, options.epsilon, LevelOf(options))) {
    if (shows) limit = std::min(limit, options.epsilon);  // the search for it stops a little above the least
  }
  double limit;
  bool shows;
};

/// `stopped_at` names the point before this one that did not pass; set where this one is the first.
ManifestCertificate CertifyNotWorse(const PointOutcome& point, const Counts& counts, const Least& least,
                                    const CertifyOptions& options, double bound_level, const std::string*& stopped_at) {
  const double epsilon = options.epsilon;
  const double level = LevelOf(options);
  ManifestCertificate certificate;
  certificate.kind = CertificateKind::kNotWorseThanSingleBest;
  certificate.claim = epsilon;
  certificate.claim_level = level;
  certificate.bound_level = bound_level;
  certificate.images = counts.images;
  certificate.outcome = ClaimOutcome::kHolds;
  if (point.is_single_best) {
    certificate.note = "it answers as the single best does, whatever the image";
    return certificate;
  }
  certificate.bound = LossUpperBound(Against(counts), bound_level);
  certificate.limit = least.limit;
  certificate.note = std::to_string(counts.only_single) + " right by the single best alone, " +
                     std::to_string(counts.only_point) + " by this point alone";
  const bool passes = Shown(Against(counts), epsilon, level);
  if (passes && bound_level >= level) certificate.bound = std::min(certificate.bound, epsilon);
  if (passes && stopped_at == nullptr) return certificate;
  if (!least.shows) {
    certificate.outcome = ClaimOutcome::kRefused;
    certificate.note += Refusal(certificate.limit, ImagesToShow({}, options));
  } else if (stopped_at != nullptr) {
    certificate.outcome = ClaimOutcome::kNotReached;
    certificate.note += "; not tested, since " + *stopped_at + " before it did not pass";
  } else {
    certificate.outcome = ClaimOutcome::kFails;
  }
  if (!passes && stopped_at == nullptr) stopped_at = &point.point;
  return certificate;
}

}  // namespace

Status CheckCertifyOptions(const CertifyOptions& options) {
  const auto refuse = [](const char* name, const char* expected, double found) {
    return UsageError(std::string(name) + ": expected " + expected + ", found " + std::to_string(found));
  };
  // Asked for what is good, so that NaN is not. Half of the least, shared over all points, is above what LossPValue can
  // tell.
  const bool alpha_fits = options.alpha >= 0.005 && options.alpha < 1;
  if (!alpha_fits) return refuse("alpha", "at least 0.005 and less than 1", options.alpha);
  const bool epsilon_fits = options.epsilon >= 0 && options.epsilon < 1;
  if (!epsilon_fits) return refuse("epsilon", "at least 0 and less than 1", options.epsilon);
  return {};
}

double ExpectedLossBound(const ExpectedShares& shares, std::int64_t images, const CertifyOptions& options) {
  return LossUpperBound(CountsOf(shares, images), LevelOf(options));
}

std::optional<std::int64_t> ImagesToShow(const ExpectedShares& shares, const CertifyOptions& options) {
  constexpr std::int64_t kMost = 100'000;
  if (shares.only_single - shares.only_point >= options.epsilon) return {};
  const auto shown = [&](std::int64_t images) {
    return Shown(CountsOf(shares, images), options.epsilon, LevelOf(options));
  };
  std::int64_t enough = 1;
  while (!shown(enough)) {
    if (enough == kMost) return {};
    enough = std::min(2 * enough, kMost);
  }
  std::int64_t too_few = enough / 2;
  while (enough - too_few > std::max<std::int64_t>(1, enough / 1000)) {
    const std::int64_t middle = too_few + (enough - too_few) / 2;
    (shown(middle) ? enough : too_few) = middle;
  }
  return enough;
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
  const double level = LevelOf(options);
  const double bound_level = level / static_cast<double>(std::max<std::size_t>(points.size(), 1));
  const Least least(static_cast<std::int64_t>(votes.size()), options);
  const std::string* stopped_at = nullptr;
  std::vector<std::vector<ManifestCertificate>> certificates;
  for (std::size_t i = 0; i < points.size(); ++i) {
    certificates.push_back({CertifyAccuracy(counts[i], level, bound_level),
                            CertifyNotWorse(points[i], counts[i], least, options, bound_level, stopped_at)});
  }
  return certificates;
}

}  // namespace amsel
