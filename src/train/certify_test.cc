#include "train/certify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "stats/paired.h"

namespace amsel {
namespace {

using Certificates = std::vector<std::vector<ManifestCertificate>>;
using ::testing::HasSubstr;

/// Right and wrong answers of a point and of the single best: first the images that both have right, then those of the
/// point alone, of the single best alone, and of neither.
struct Answers {
  std::vector<char> point;
  std::vector<char> single;
};

Answers Planted(int both, int only_point, int only_single, int neither) {
  Answers answers;
  const auto add = [&](int count, char point, char single) {
    answers.point.insert(answers.point.end(), static_cast<std::size_t>(count), point);
    answers.single.insert(answers.single.end(), static_cast<std::size_t>(count), single);
  };
  add(both, 1, 1);
  add(only_point, 1, 0);
  add(only_single, 0, 1);
  add(neither, 0, 0);
  return answers;
}

std::vector<int> Apart(std::size_t count) {
  std::vector<int> groups(count);
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

Certificates CertifyAll(const std::vector<PointOutcome>& points, const std::vector<char>& single,
                        const CertifyOptions& options) {
  auto certificates = Certify(points, single, Apart(single.size()), options);
  EXPECT_TRUE(certificates.ok());
  return std::move(certificates).value();
}

const ManifestCertificate& OfKind(const std::vector<ManifestCertificate>& certificates, CertificateKind kind) {
  return certificates.at(certificates.at(0).kind == kind ? 0 : 1);
}

const ManifestCertificate& Accuracy(const std::vector<ManifestCertificate>& certificates) {
  return OfKind(certificates, CertificateKind::kAccuracy);
}

const ManifestCertificate& NotWorse(const std::vector<ManifestCertificate>& certificates) {
  return OfKind(certificates, CertificateKind::kNotWorseThanSingleBest);
}

// Expected bounds on accuracies: scipy.stats.beta, ppf(level, k, n − k + 1). Those on losses are tested where they are
// made (stats/paired_test.cc).
TEST(Certify, StatesExactBoundsAtTheLevelOfOneKindAndPoint) {
  const Answers answers = Planted(1000, 34, 12, 154);  // 1034 of 1200 right
  const Certificates one = CertifyAll({{"fast", answers.point}}, answers.single, {});
  EXPECT_EQ(Accuracy(one[0]).bound_level, 0.025);
  EXPECT_NEAR(Accuracy(one[0]).bound, 0.8408295403616117, 1e-12);
  EXPECT_EQ(NotWorse(one[0]).bound, LossUpperBound({1200, 12, 34}, 0.025));
  EXPECT_EQ(Accuracy(one[0]).images, 1200);
  EXPECT_EQ(Accuracy(one[0]).note, "1034 right");
  EXPECT_EQ(NotWorse(one[0]).note, "12 right by the single best alone, 34 by this point alone");

  const std::vector<PointOutcome> eight(8, {"same", answers.point});
  const Certificates shared = CertifyAll(eight, answers.single, {});
  ASSERT_EQ(shared.size(), 8U);
  EXPECT_EQ(Accuracy(shared[7]).bound_level, 0.025 / 8);
  EXPECT_NEAR(Accuracy(shared[7]).bound, 0.8323888195016702, 1e-12);
  EXPECT_EQ(NotWorse(shared[7]).bound, LossUpperBound({1200, 12, 34}, 0.025 / 8));
  EXPECT_EQ(Accuracy(shared[7]).claim_level, 0.025);
}

TEST(Certify, ClaimsHoldAtTheFullLevelOfTheirKind) {
  const Answers answers = Planted(1000, 27, 12, 161);
  const std::vector<PointOutcome> eight(8, {"same", answers.point});
  CertifyOptions options;
  options.epsilon = 0;  // just above the bound of a point alone, below the one it has among eight
  for (const auto& point : CertifyAll(eight, answers.single, options)) {
    EXPECT_EQ(Accuracy(point).outcome, ClaimOutcome::kNoClaim);
    EXPECT_GT(NotWorse(point).bound, 0);
    EXPECT_EQ(NotWorse(point).outcome, ClaimOutcome::kHolds);
  }
}

TEST(Certify, ThatWhichIsTheSingleBestNeedsNoTest) {
  const Answers answers = Planted(40, 0, 0, 10);  // far fewer than could show it
  const Answers bad = Planted(30, 0, 10, 10);
  const Certificates certificates =
      CertifyAll({{"daring", bad.point}, {"single", answers.single, true}}, answers.single, {});
  EXPECT_EQ(NotWorse(certificates[0]).outcome, ClaimOutcome::kRefused);
  EXPECT_EQ(NotWorse(certificates[1]).outcome, ClaimOutcome::kHolds);
  EXPECT_EQ(NotWorse(certificates[1]).bound, 0);
  EXPECT_THAT(NotWorse(certificates[1]).note, HasSubstr("as the single best does"));
  EXPECT_LT(Accuracy(certificates[1]).bound, 0.8);
}

TEST(ImagesToShow, IsWhatItTakes) {
  CertifyOptions options;
  EXPECT_EQ(ImagesToShow({0, 0}, options), 185);
  const ExpectedShares shares{0.02, 0.02};
  const auto images = ImagesToShow(shares, options);
  ASSERT_TRUE(images.has_value());
  EXPECT_NEAR(static_cast<double>(*images), 450, 50);
  EXPECT_LE(ExpectedLossBound(shares, *images, options), 1.01 * options.epsilon);
  EXPECT_GT(ExpectedLossBound(shares, *images * 8 / 10, options), options.epsilon);
  EXPECT_FALSE(ImagesToShow({0.05, 0.02}, options).has_value());  // it loses more than it may
  options.epsilon = 0;
  EXPECT_FALSE(ImagesToShow({0.01, 0.01}, options).has_value());
}

TEST(Certify, StopsAtTheFirstFailureForEachClaimApart) {
  const Answers good = Planted(1000, 10, 5, 185);
  std::vector<char> bad_point = good.single;  // as accurate, but it differs too often to show it
  for (std::size_t i = 0; i < 140; ++i) bad_point[i] = 0;
  for (std::size_t i = 0; i < 140; ++i) bad_point[1199 - i] = 1;
  const std::vector<PointOutcome> points{{"safe", good.point}, {"daring", bad_point}, {"late", good.point}};
  const Certificates certificates = CertifyAll(points, good.single, {});
  EXPECT_EQ(NotWorse(certificates[0]).outcome, ClaimOutcome::kHolds);
  EXPECT_EQ(NotWorse(certificates[1]).outcome, ClaimOutcome::kFails);
  EXPECT_EQ(NotWorse(certificates[2]).outcome, ClaimOutcome::kNotReached);
  EXPECT_THAT(NotWorse(certificates[2]).note, HasSubstr("daring"));
  EXPECT_EQ(NotWorse(certificates[2]).bound, NotWorse(certificates[0]).bound);
}

TEST(Certify, RefusesWhatSoFewImagesCannotShow) {
  const Answers few = Planted(184, 0, 0, 0);
  const auto refused = CertifyAll({{"fast", few.point}, {"other", few.point}}, few.single, {});
  EXPECT_NEAR(NotWorse(refused[0]).limit, 1 - std::pow(0.025, 1 / 184.0), 5e-4);
  EXPECT_NEAR(Accuracy(refused[0]).limit, std::pow(0.025, 1 / 184.0), 1e-12);
  for (const auto& point : refused) {
    EXPECT_EQ(NotWorse(point).outcome, ClaimOutcome::kRefused);
    EXPECT_THAT(NotWorse(point).note,
                HasSubstr("no less than 2.01 % could be shown, so it takes about 185 images or more"));
  }
  const Answers enough = Planted(185, 0, 0, 0);
  EXPECT_EQ(NotWorse(CertifyAll({{"fast", enough.point}}, enough.single, {})[0]).outcome, ClaimOutcome::kHolds);
}

TEST(Certify, AClearGainShowsWhatEqualAnswersOfSoFewImagesCannot) {
  const Answers answers = Planted(60, 30, 0, 10);
  const Certificates certificates = CertifyAll({{"better", answers.point}}, answers.single, {});
  EXPECT_GT(NotWorse(certificates[0]).limit, 0.02);
  EXPECT_LT(NotWorse(certificates[0]).bound, 0);
  EXPECT_EQ(NotWorse(certificates[0]).outcome, ClaimOutcome::kHolds);
}

TEST(Certify, PerfectionIsBeyondAnyNumberOfImages) {
  const Answers answers = Planted(500, 0, 0, 0);
  CertifyOptions options;
  for (const double epsilon : {0.0, 1e-300}) {
    options.epsilon = epsilon;
    const Certificates certificates = CertifyAll({{"fast", answers.point}}, answers.single, options);
    EXPECT_EQ(NotWorse(certificates[0]).outcome, ClaimOutcome::kRefused);
    EXPECT_THAT(NotWorse(certificates[0]).note, HasSubstr("nor could it be by 100,000 images"));
  }
}

TEST(Certify, WithoutImagesNothingHolds) {
  const Certificates certificates = CertifyAll({{"fast", {}}}, {}, {});
  EXPECT_EQ(Accuracy(certificates[0]).bound, 0);
  EXPECT_EQ(NotWorse(certificates[0]).outcome, ClaimOutcome::kRefused);
  EXPECT_EQ(NotWorse(certificates[0]).bound, 1);
  EXPECT_EQ(Accuracy(certificates[0]).images, 0);
}

TEST(Certify, OfTheAccuracyABoundIsStated) {
  const Answers answers = Planted(280, 0, 0, 20);
  const ManifestCertificate certificate = Accuracy(CertifyAll({{"fast", answers.point}}, answers.single, {})[0]);
  EXPECT_EQ(certificate.outcome, ClaimOutcome::kNoClaim);
  EXPECT_FALSE(certificate.claim.has_value());
  EXPECT_NEAR(certificate.bound, 0.8989143547885917, 1e-12);
}

TEST(Certify, AGroupHasOneVote) {
  // Twenty copies of each image: what 2,000 images would show, 100 do not.
  const std::vector<char> right(2000, 1);
  std::vector<int> groups(2000);
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i % 100);
  const auto certificates = Certify(std::vector<PointOutcome>{{"fast", right}}, right, groups, {});
  ASSERT_TRUE(certificates.ok());
  EXPECT_EQ(NotWorse((*certificates)[0]).images, 100);
  EXPECT_EQ(NotWorse((*certificates)[0]).outcome, ClaimOutcome::kRefused);
}

TEST(OneImagePerGroup, DrawsEachImageOfAGroupAsOften) {
  const std::vector<int> groups{5, 9, 5, 9, 9, 7};
  std::vector<int> drawn(groups.size(), 0);
  constexpr int kDraws = 6000;
  for (int seed = 0; seed < kDraws; ++seed) {
    const std::vector<std::size_t> votes = OneImagePerGroup(groups, static_cast<std::uint64_t>(seed));
    ASSERT_EQ(votes.size(), 3U);
    EXPECT_EQ(groups[votes[0]], 5);
    EXPECT_EQ(groups[votes[1]], 7);
    EXPECT_EQ(groups[votes[2]], 9);
    for (const std::size_t vote : votes) ++drawn[vote];
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const double share = groups[i] == 5 ? 1.0 / 2 : groups[i] == 9 ? 1.0 / 3 : 1;
    EXPECT_NEAR(drawn[i], kDraws * share, 4 * std::sqrt(kDraws * share * (1 - share))) << i;
  }
  EXPECT_EQ(OneImagePerGroup(groups, 3), OneImagePerGroup(groups, 3));
}

TEST(Certify, RefusesOptionsOutOfRange) {
  const auto message = [](const CertifyOptions& options) {
    const auto certificates = Certify({}, {}, {}, options);
    return certificates.ok() ? "" : certificates.error().message;
  };
  const double nan = std::nan("");
  for (const double alpha : {0.0, 0.004, 1.0, -0.1, nan}) {
    EXPECT_THAT(message({.alpha = alpha}), HasSubstr("alpha"));
  }
  for (const double epsilon : {-0.01, 1.0, nan}) {
    EXPECT_THAT(message({.epsilon = epsilon}), HasSubstr("epsilon"));
  }
  EXPECT_EQ(message({}), "");
}

}  // namespace
}  // namespace amsel
