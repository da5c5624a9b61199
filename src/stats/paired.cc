// The unconditional exact test of non-inferiority for paired answers: samples are ordered by the score statistic of
// T. Tango ("Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
// Statistics in Medicine 17, 1998), and the p-value is the greatest probability of a sample as far out, over all shares
// on the border of the hypothesis (H. Hsueh, J. Liu & J. J. Chen, "Unconditional exact tests for equivalence or
// noninferiority for paired binary endpoints", Biometrics 57, 2001), of those shares that the sample leaves likely
// (R. L. Berger & D. D. Boos, "P values maximized over a confidence set for the nuisance parameter", JASA 89, 1994).
#include "stats/paired.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "stats/exact.h"

namespace amsel {
namespace {

constexpr double kExact = 1.0 / 256;  // of what lies between the loss that was seen and its bound

constexpr double kBetweenLooks = 1.002;  // what a peak between two looks may have more

constexpr double kUnlikely = 1e-5;  // that the share `only_second` is not in its set; added to the p-value

/// How far (first alone, second alone) is from a loss of `loss`, in standard errors there: the lower, the less loss.
double Score(double first, double second, double images, double loss) {
  const double b = (2 * images - first + second) * loss - first - second;
  const double c = -second * loss * (1 - loss);
  const double share = (std::sqrt(std::max(0.0, b * b - 8 * images * c)) - b) / (4 * images);  // most likely at `loss`
  const double variance = images * (2 * share + loss * (1 - loss));
  return variance <= 0 ? 0 : (first - second - images * loss) / std::sqrt(variance);
}

/// The samples whose score is at most that of `counts`: for each count of the second alone, the most of the first
/// alone.
class FarOut {
 public:
  FarOut(const PairedCounts& counts, double loss)
      : images_(counts.images),
        loss_(loss),
        limit_(Score(static_cast<double>(counts.only_first), static_cast<double>(counts.only_second),
                     static_cast<double>(counts.images), loss) +
               kSame) {}

  /// Probability of these samples, where the second alone is right in `second` of the images. Never too low.
  double Probability(double second) {
    const auto n = static_cast<double>(images_);
    const double first = std::clamp((second + loss_) / (1 - second), 0.0, 1.0);  // of the images that are left
    const double odds = second / (1 - second);
    const double mean = n * second;
    auto count = static_cast<std::int64_t>(std::max(0.0, std::floor(mean - kDeviations * std::sqrt(mean))));
    double weight = BinomialExactly(count, images_, second);
    double sum = 0;
    double seen = 0;
    for (;; ++count) {
      seen += weight;
      const std::int64_t most = MostOfFirst(count);
      if (most >= 0) sum += weight * BinomialAtMost(most, images_ - count, first);
      if (count == images_ || (static_cast<double>(count) > mean && weight < kNegligible)) break;
      weight *= odds * (n - static_cast<double>(count)) / (static_cast<double>(count) + 1);
    }
    return std::min(1.0, sum + std::max(0.0, 1 - seen));  // what was left out counts as far out
  }

 private:
  static constexpr double kSame = 1e-9;
  static constexpr double kDeviations = 6;
  static constexpr double kNegligible = 1e-12;

  /// -1: none. The score grows with the first's count.
  std::int64_t MostOfFirst(std::int64_t second) {
    const auto at = static_cast<std::size_t>(second);
    if (most_.size() <= at) most_.resize(at + 1, kUnknown);
    if (most_[at] != kUnknown) return most_[at];
    std::int64_t most = -1;
    std::int64_t above = images_ - second + 1;
    while (above - most > 1) {
      const std::int64_t middle = most + (above - most) / 2;
      const double score =
          Score(static_cast<double>(middle), static_cast<double>(second), static_cast<double>(images_), loss_);
      (score <= limit_ ? most : above) = middle;
    }
    return most_[at] = most;
  }

  static constexpr std::int64_t kUnknown = -2;

  std::int64_t images_;
  double loss_;
  double limit_;
  std::vector<std::int64_t> most_;
};

/// The greatest probability found by halving steps around `share`.
double Peak(FarOut& far_out, double share, double step, double low, double high) {
  constexpr int kHalvings = 5;
  double greatest = 0;
  for (int i = 0; i < kHalvings; ++i) {
    step /= 2;
    const double left = std::max(low, share - step);
    const double right = std::min(high, share + step);
    const double at_left = far_out.Probability(left);
    const double at_right = far_out.Probability(right);
    if (std::max(at_left, at_right) > greatest) share = at_left > at_right ? left : right;
    greatest = std::max({greatest, at_left, at_right});
  }
  return greatest;
}

}  // namespace

double LossPValue(const PairedCounts& counts, double loss) {
  assert(counts.only_first >= 0 && counts.only_second >= 0 && counts.only_first + counts.only_second <= counts.images);
  assert(loss > -1 && loss < 1);
  if (counts.images == 0) return 1;
  const double most = (1 - loss) / 2;  // of the share of the second alone, at this loss
  const double low =
      std::clamp(BinomialLowerBound(counts.only_second, counts.images, kUnlikely / 2), std::max(0.0, -loss), most);
  const double high = std::clamp(BinomialUpperBound(counts.only_second, counts.images, kUnlikely / 2), low, most);
  FarOut far_out(counts, loss);
  // The probability is smooth in the share, with a few peaks: a grid, then closer around each peak that may be the
  // greatest. A test compares with one fifty times as fine.
  constexpr int kSteps = 24;
  constexpr double kMayBe = 0.9;
  const double step = (high - low) / kSteps;
  std::vector<double> seen;
  for (int i = 0; i <= kSteps; ++i) seen.push_back(far_out.Probability(low + i * step));
  double greatest = *std::max_element(seen.begin(), seen.end());
  const double enough = kMayBe * greatest;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool peak = (i == 0 || seen[i] >= seen[i - 1]) && (i + 1 == seen.size() || seen[i] >= seen[i + 1]);
    if (peak && seen[i] >= enough) {
      greatest = std::max(greatest, Peak(far_out, low + static_cast<double>(i) * step, step, low, high));
    }
  }
  return std::min(1.0, greatest * kBetweenLooks + kUnlikely);
}

double LossUpperBound(const PairedCounts& counts, double level) {
  assert(level > kUnlikely && level < 1);
  if (counts.images == 0 || counts.only_first == counts.images) return 1;
  double possible = static_cast<double>(counts.only_first - counts.only_second) / static_cast<double>(counts.images);
  // Bounds on either share at half the level are a bound, too, and seldom the better one.
  double rejected = BinomialUpperBound(counts.only_first, counts.images, level / 2) -
                    BinomialLowerBound(counts.only_second, counts.images, level / 2);
  if (rejected <= possible || LossPValue(counts, rejected) > level) rejected = 1;
  const double exact = (rejected - possible) * kExact;
  const auto shrink = [&](double above) {
    while (above - possible > exact) {
      const double middle = possible + (above - possible) / 2;
      (LossPValue(counts, middle) <= level ? above : possible) = middle;
    }
    return above;
  };
  double bound = shrink(rejected);
  // The p-value falls as the loss grows, but for ripples: every loss above the bound is to be rejected.
  constexpr int kLooks = 6;
  const double step = (bound - possible) + exact;
  for (int i = 1; i <= kLooks; ++i) {
    const double above = bound + i * step;
    if (above < rejected && LossPValue(counts, above) > level) {
      possible = above;
      return shrink(rejected);
    }
  }
  return bound;
}

}  // namespace amsel
