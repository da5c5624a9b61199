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

constexpr double kUnlikely = 1e-5;  // that the share `only_second` is not in its set; added to the p-value

/// How far (first alone, second alone) is from a loss of `loss`, in standard errors there: the lower, the less loss.
double Score(double first, double second, double images, double loss) {
  const double b = (2 * images - first + second) * loss - first - second;
  const double c = -second * loss * (1 - loss);
  const double share = (std::sqrt(std::max(0.0, b * b - 8 * images * c)) - b) / (4 * images);  // most likely at `loss`
  const double variance = images * (2 * share + loss * (1 - loss));
  return variance <= 0 ? 0 : (first - second - images * loss) / std::sqrt(variance);
}

/// The samples whose score is at most that of `counts`: for each count of the second alone, the most of the first alone.
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
      const double score = Score(static_cast<double>(middle), static_cast<double>(second), static_cast<double>(images_), loss_);
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
  constexpr int kSteps = 10;
  double step = (high - low) / kSteps;
  double best = low;
  double greatest = 0;
  const auto look = [&](double share) {
    const double probability = far_out.Probability(std::clamp(share, low, high));
    if (probability <= greatest) return;
    greatest = probability;
    best = share;
  };
  for (int i = 0; i <= kSteps; ++i) look(low + i * step);
  constexpr int kHalvings = 4;  // around the greatest so far
  for (int i = 0; i < kHalvings; ++i) {
    step /= 2;
    const double around = best;
    look(around - step);
    look(around + step);
  }
  return std::min(1.0, greatest + kUnlikely);
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
  while (rejected - possible > exact) {
    const double middle = possible + (rejected - possible) / 2;
    (LossPValue(counts, middle) <= level ? rejected : possible) = middle;
  }
  return rejected;
}

}  // namespace amsel
