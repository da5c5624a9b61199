// How often certificates are wrong, on planted points whose true accuracies are known, choice of the order included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "train/certify.h"

namespace amsel {
namespace {

constexpr int kRepetitions = 100;  // the test itself is held to its level exactly in stats/paired_test.cc
constexpr double kSingleAccuracy = 0.8;
constexpr double kEpsilon = 0.02;
constexpr double kAlpha = 0.05;

/// A point's shares of images that it gains and loses against the single best.
struct PlantedPoint {
  double gained = 0;
  double lost = 0;
  double Accuracy() const { return kSingleAccuracy + gained - lost; }
  double Loss() const { return lost - gained; }
};

/// As bad as a point may be that is not worse by more than epsilon, which counts as false here: the edge is where a
/// false claim is likeliest.
PlantedPoint OnTheEdge(double gained) {
  return {gained, gained + kEpsilon};
}

struct World {
  std::vector<PlantedPoint> points;
  int images = 500;
  std::size_t shipped = 8;  ///< the safest ones on the selection images
};

struct Sample {
  std::vector<char> single;
  std::vector<PointOutcome> points;  ///< named by their index in the world
};

/// Points mostly fail on the same images: three times out of four they share the draw that decides.
Sample Draw(const World& world, Random& random) {
  Sample sample;
  for (std::size_t p = 0; p < world.points.size(); ++p) sample.points.push_back({std::to_string(p), {}});
  for (int i = 0; i < world.images; ++i) {
    const bool single = random.Uniform() < kSingleAccuracy;
    const double shared = random.Uniform();
    sample.single.push_back(single ? 1 : 0);
    for (std::size_t p = 0; p < world.points.size(); ++p) {
      const double draw = random.Uniform() < 0.75 ? shared : random.Uniform();
      const PlantedPoint& point = world.points[p];
      const bool right = single ? draw >= point.lost / kSingleAccuracy : draw < point.gained / (1 - kSingleAccuracy);
      sample.points[p].right.push_back(right ? 1 : 0);
    }
  }
  return sample;
}

/// The points to ship, by about the bound that the sample lets expect, the safest first.
std::vector<std::size_t> OrderBy(const World& world, const Sample& sample) {
  std::vector<std::size_t> order(sample.points.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> expected;
  for (const PointOutcome& point : sample.points) {
    double only_single = 0;
    double only_point = 0;
    for (std::size_t i = 0; i < point.right.size(); ++i) {
      only_single += sample.single[i] > point.right[i] ? 1 : 0;
      only_point += point.right[i] > sample.single[i] ? 1 : 0;
    }
    expected.push_back(only_single - only_point + 2 * std::sqrt(only_single + only_point));
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return expected[a] < expected[b]; });
  order.resize(world.shipped);
  return order;
}

/// Numbers of repetitions.
struct Errors {
  int any_claim = 0;     ///< some claim holds and is false
  int any_bound = 0;     ///< some bound of either kind excludes the truth
  int reached_edge = 0;  ///< a claim that is false was tested
  int claims = 0;        ///< that hold, in all repetitions together
};

void Tally(const World& world, const std::vector<PointOutcome>& points,
           const std::vector<std::vector<ManifestCertificate>>& certificates, Errors& errors) {
  bool claim = false;
  bool bound = false;
  bool reached = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PlantedPoint& point = world.points[std::stoul(points[i].point)];
    for (const ManifestCertificate& certificate : certificates[i]) {
      const bool of_accuracy = certificate.kind == CertificateKind::kAccuracy;
      bound = bound || (of_accuracy ? certificate.bound > point.Accuracy() : certificate.bound < point.Loss());
      if (of_accuracy) continue;
      const bool holds = certificate.outcome == ClaimOutcome::kHolds;
      const bool is_false = point.Loss() >= kEpsilon - 1e-9;
      claim = claim || (holds && is_false);
      reached = reached || (is_false && certificate.outcome != ClaimOutcome::kNotReached);
      errors.claims += holds ? 1 : 0;
    }
  }
  errors.any_claim += claim ? 1 : 0;
  errors.any_bound += bound ? 1 : 0;
  errors.reached_edge += reached ? 1 : 0;
}

enum class OrderedOn { kSelection, kCertification };

Errors Repeat(const World& world, OrderedOn ordered_on, std::uint64_t seed) {
  Random random(seed);
  std::vector<int> groups(static_cast<std::size_t>(world.images));
  std::iota(groups.begin(), groups.end(), 0);
  Errors errors;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    const Sample selection = Draw(world, random);
    const Sample certification = Draw(world, random);
    std::vector<PointOutcome> points;
    const Sample& seen = ordered_on == OrderedOn::kSelection ? selection : certification;
    for (const std::size_t p : OrderBy(world, seen)) {
      points.push_back(certification.points[p]);
    }
    CertifyOptions options;
    options.alpha = kAlpha;
    options.epsilon = kEpsilon;
    const auto certificates = Certify(points, certification.single, groups, options);
    EXPECT_TRUE(certificates.ok());
    if (certificates.ok()) Tally(world, points, *certificates, errors);
  }
  return errors;
}

/// Repetitions that may go wrong at `level`: as many as expected, and three binomial standard errors.
double AtMost(double level) {
  return kRepetitions * level + 3 * std::sqrt(kRepetitions * level * (1 - level));
}

void ExpectHonest(const Errors& errors) {
  EXPECT_LE(errors.any_claim, AtMost(kAlpha / 2));
  EXPECT_LE(errors.any_bound, AtMost(kAlpha));
}

World AllOnTheEdge() {
  World world;
  for (int p = 0; p < 8; ++p) world.points.push_back(OnTheEdge(0.005 * p));
  return world;
}

TEST(CertificateCoverage, HoldsWhereEveryClaimIsFalse) {
  const Errors errors = Repeat(AllOnTheEdge(), OrderedOn::kSelection, 1);
  ExpectHonest(errors);
  EXPECT_EQ(errors.reached_edge, kRepetitions);
  EXPECT_GT(errors.any_claim, 0);  // the test is not so cautious that nothing could go wrong
}

TEST(CertificateCoverage, HoldsWherePointsThatAreBetterLeadToFalseClaims) {
  World world;
  for (const double gained : {0.10, 0.09, 0.08}) world.points.push_back({gained, 0.01});
  for (int p = 0; p < 5; ++p) world.points.push_back(OnTheEdge(0.01 * p));
  const Errors errors = Repeat(world, OrderedOn::kSelection, 2);
  ExpectHonest(errors);
  EXPECT_GT(errors.reached_edge, 0.9 * kRepetitions);
  EXPECT_GT(errors.claims, 0.9 * kRepetitions * 3);
}

TEST(CertificateCoverage, HoldsWhereOnlyTheBestLookingPointsAreShipped) {
  World world;
  world.shipped = 5;
  for (const double gained : {0.05, 0.04, 0.03, 0.02}) world.points.push_back({gained, 0.02});
  for (int p = 0; p < 4; ++p) world.points.push_back(OnTheEdge(0.01 * p));
  ExpectHonest(Repeat(world, OrderedOn::kSelection, 3));
}

TEST(CertificateCoverage, IssuesCertificatesOfLargeGains) {
  World world;
  for (int p = 0; p < 8; ++p) world.points.push_back({0.08 + 0.005 * p, 0.01});
  const Errors errors = Repeat(world, OrderedOn::kSelection, 4);
  EXPECT_GT(errors.claims, 0.95 * kRepetitions * 8);
  EXPECT_EQ(errors.any_claim, 0);
  EXPECT_LE(errors.any_bound, AtMost(kAlpha));
}

TEST(CertificateCoverage, IsLostWhereTheOrderIsLearnedOnTheCertificationImages) {
  World world;
  world.shipped = 24;
  for (int p = 0; p < 24; ++p) world.points.push_back(OnTheEdge(0));
  EXPECT_GT(Repeat(world, OrderedOn::kCertification, 1).any_claim, AtMost(kAlpha / 2));
}

}  // namespace
}  // namespace amsel
