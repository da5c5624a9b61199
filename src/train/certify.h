// Certificates: what may be promised of operating points, from right and wrong answers on images kept for this alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "bundle/manifest.h"

namespace amsel {

/// The answers of one operating point on the certification images: 1 where right, 0 where wrong or none.
struct PointOutcome {
  std::string point;
  std::vector<char> right;
  bool is_single_best = false;  ///< it answers every image as the single best does, by what it is
};

struct CertifyOptions {
  double alpha = 0.05;    ///< error probability, at least 0.005: half for the claims, half for the bounds on accuracies
  double epsilon = 0.02;  ///< claim: the accuracy is at most this below the single best's
  std::uint64_t seed = 1;  ///< of the draw of one image per group
};

/// What was seen of a point against the single best on images that it was chosen on: a guess at what others will show.
struct ExpectedShares {
  double only_single = 0;  ///< share of the images on which the single best was right and the point was not
  double only_point = 0;
};

/// The loss against the single best that about so many images of such shares would leave possible, at the claims'
/// level.
double ExpectedLossBound(const ExpectedShares& shares, std::int64_t images, const CertifyOptions& options);

/// About how many images it takes to show the claim of a point with such shares; absent where no number would do, or
/// none up to 100,000.
std::optional<std::int64_t> ImagesToShow(const ExpectedShares& shares, const CertifyOptions& options);

/// Usage error that names the option which cannot be.
Status CheckCertifyOptions(const CertifyOptions& options);

/// One image of each group, by seed, in the order of group ids. Images of a group are not independent, so a group has
/// one vote, that of an image drawn evenly without a look at answers. If groups are independent, so are the votes, and
/// each is right with the probability that an image has that is drawn by drawing a group first.
std::vector<std::size_t> OneImagePerGroup(std::span<const int> groups, std::uint64_t seed);

/// The certificates of each point, in the order of `points`: one of either kind. Of the accuracy a lower bound is
/// stated, of the loss against the single best a bound and whether the claim holds. What they say holds with the stated
/// probability only if `points`, their order and the options were fixed without these images: choose points, and sort
/// them from safest to most daring, on others. Claims are tested in that order until the first that does not pass, so a
/// point too daring to pass costs those behind it their claims. Points that are the single best need no test.
///
/// `single_best` and `groups` are parallel to every `right`. Weights have no part: a group is one vote. Without images
/// all claims are refused. The error (usage) names an option that is out of range.
Result<std::vector<std::vector<ManifestCertificate>>> Certify(std::span<const PointOutcome> points,
                                                              std::span<const char> single_best,
                                                              std::span<const int> groups,
                                                              const CertifyOptions& options);

}  // namespace amsel
