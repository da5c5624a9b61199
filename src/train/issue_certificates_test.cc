#include "train/issue_certificates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "learn/premodels.h"
#include "learn/staged.h"
#include "tests/support/fake_world.h"
#include "train/train.h"

namespace amsel {
namespace {

/// A third of the images is for certificates.
ProfileTable SplitTable(FakeWorld& world, const std::string& file) {
  EXPECT_TRUE(world.Profile(file, world.Options()).ok());
  ProfileTable table = ProfileTable::Load(world.Path(file)).value();
  for (std::size_t i = 0; i < table.image_count(); i += 3) table.images[i].split = "certify";
  return table;
}

std::int64_t GroupCount(const ProfileTable& table, Rows rows) {
  std::set<int> groups;
  for (const std::size_t i : rows) groups.insert(table.groups[i]);
  return static_cast<std::int64_t>(groups.size());
}

TEST(IssueCertificates, TrainingStatesThemForEveryPointFromImagesKeptForThat) {
  FakeWorld world("certificates_train", 180);
  const ProfileTable table = SplitTable(world, "profile.db");
  TrainOptions options;
  options.policy = "staged";
  options.epsilon = 0.04;
  const TrainingSplit split = SplitForTraining(table, options.split, options.learn.seed);
  ASSERT_EQ(split.certify.size(), 60);
  const auto summary = Train(table, options, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const auto bundle = Bundle::Open(world.Path("bundle"));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  for (const ManifestPoint& point : bundle->manifest().operating_points) {
    ASSERT_EQ(point.certificates.size(), 2) << point.name;
    for (const ManifestCertificate& certificate : point.certificates) {
      EXPECT_EQ(certificate.images, GroupCount(table, split.certify));
      const bool accuracy = certificate.kind == CertificateKind::kAccuracy;
      ASSERT_EQ(certificate.claim.has_value(), !accuracy);
      EXPECT_NEAR(certificate.claim.value_or(options.epsilon), options.epsilon, 1e-9);
      const bool open = !accuracy && certificate.outcome != ClaimOutcome::kHolds;
      EXPECT_TRUE(open || !certificate.images_needed.has_value());
    }
  }
  EXPECT_EQ(summary->manifest.training_images, 120);
  const auto seen = bundle->TrainingImages();
  ASSERT_TRUE(seen.ok());
  for (const std::size_t i : split.certify) EXPECT_TRUE(seen->contains(ContentKey(table.images[i].sha256)));
  for (const std::size_t i : split.learn) EXPECT_TRUE(seen->contains(ContentKey(table.images[i].sha256)));
}

TEST(IssueCertificates, NothingLearnedDependsOnTheImagesKeptForThem) {
  FakeWorld world("certificates_blind", 120);
  const ProfileTable table = SplitTable(world, "profile.db");
  for (std::size_t i = 0; i < world.images.size(); i += 3) world.images[i].label = (world.images[i].label + 1) % 4;
  const ProfileTable relabelled = SplitTable(world, "relabelled.db");
  TrainOptions options;
  options.policy = "staged";
  ASSERT_TRUE(Train(table, options, world.Path("one")).ok());
  ASSERT_TRUE(Train(relabelled, options, world.Path("two")).ok());
  EXPECT_EQ(ReadFile(world.Path("one/policy.safetensors")).value(),
            ReadFile(world.Path("two/policy.safetensors")).value());
}

/// A manifest with points of made-up accuracies in training.
Manifest ManifestOf(const ProfileTable& table, const LearnedPolicy& learned, std::size_t single_best) {
  Manifest manifest;
  manifest.single_best = table.candidates[single_best].name;
  for (const std::size_t c : learned.candidates) {
    ManifestCandidate candidate;
    candidate.name = table.candidates[c].name;
    candidate.training_top1 = 0.25;
    manifest.candidates.push_back(candidate);
  }
  for (const std::string& name : learned.policy->operating_points()) {
    ManifestPoint point;
    point.name = name;
    point.top1 = 0.5;
    manifest.operating_points.push_back(point);
  }
  return manifest;
}

TEST(IssueCertificates, WithoutImagesThereAreNone) {
  FakeWorld world("certificates_none", 40);
  const ProfileTable table = world.Table();
  std::vector<std::size_t> rows(table.image_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const LearnedPolicy learned = LearnStaged(table, rows, {});
  Manifest manifest = ManifestOf(table, learned, SingleBest(table, rows, 1));
  const SeenInChoosing seen{rows, learned.cross_fitted};
  ASSERT_TRUE(IssueCertificates(table, {}, learned, seen, 0.02, {}, manifest).ok());
  for (const ManifestPoint& point : manifest.operating_points) EXPECT_TRUE(point.certificates.empty());
  ASSERT_TRUE(IssueCertificates(table, rows, learned, seen, 0.02, {}, manifest).ok());
  for (const ManifestPoint& point : manifest.operating_points) EXPECT_EQ(point.certificates.size(), 2);
}

TEST(IssueCertificates, ThatWhichIsTheSingleBestHoldsOnAnyNumberOfImagesAndItsTwinsHaveItsCertificates) {
  FakeWorld world("certificates_single", 40);
  const ProfileTable table = world.Table();
  std::vector<std::size_t> rows(table.image_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const LearnedPolicy learned = LearnSingle(table, rows, {});
  Manifest manifest = ManifestOf(table, learned, SingleBest(table, rows, 1));
  manifest.operating_points.push_back(manifest.operating_points[0]);
  manifest.operating_points[1].name = "twin";
  manifest.operating_points[1].same_as = manifest.operating_points[0].name;
  const std::vector<std::vector<SimulatedRun>> runs(2, std::vector<SimulatedRun>(rows.size()));
  ASSERT_TRUE(
      IssueCertificates(table, Rows(rows).first(5), learned, {rows, runs}, 0.02, LearnOptions(), manifest).ok());
  for (const ManifestPoint& point : manifest.operating_points) {
    EXPECT_TRUE(point.certified()) << point.name;
    EXPECT_EQ(point.certificates.size(), 2) << point.name;
    EXPECT_EQ(point.certificates[0].bound_level, 0.025);  // the twin counts as none
  }
}

TEST(IssueCertificates, AreAgainstTheBestThatCameHoweverGoodADerivedCandidateIs) {
  FakeWorld world("certificates_derived", 180);
  ProfileTable table = SplitTable(world, "profile.db");
  for (OutcomeCandidate& candidate : table.candidates) candidate.derived = candidate.name == "general";
  TrainOptions options;
  options.policy = "single";
  const auto summary = Train(table, options, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const Manifest& manifest = summary->manifest;
  EXPECT_NE(manifest.single_best, "general");  // which is the most accurate
  EXPECT_EQ(manifest.derived_single, "");      // the bundle does not hold it
  EXPECT_EQ(manifest.operating_points[0].gain, 0);
  const auto& certificates = manifest.operating_points[0].certificates;
  const auto paired = std::find_if(certificates.begin(), certificates.end(), [](const ManifestCertificate& one) {
    return one.kind == CertificateKind::kNotWorseThanSingleBest;
  });
  ASSERT_NE(paired, certificates.end());
  EXPECT_EQ(paired->outcome, ClaimOutcome::kHolds);
  EXPECT_EQ(paired->note, "it answers as the single best does, whatever the image");
}

TEST(IssueCertificates, AnImageWithoutAnAnswerIsNotRight) {
  FakeWorld world("certificates_abstain", 120);
  const ProfileTable table = world.Table();
  std::vector<std::size_t> rows(table.image_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  LearnOptions options;
  const auto accuracy_bound = [&](double abstain_price) {
    options.staged.abstain_price = abstain_price;
    const LearnedPolicy learned = LearnAdaptedSingle(table, rows, SingleBest(table, rows, 1), options);
    Manifest manifest = ManifestOf(table, learned, SingleBest(table, rows, 1));
    EXPECT_TRUE(IssueCertificates(table, rows, learned, {rows, learned.cross_fitted}, 0.02, options, manifest).ok());
    for (const ManifestCertificate& certificate : manifest.operating_points[0].certificates) {
      if (certificate.kind == CertificateKind::kAccuracy) return certificate.bound;
    }
    return -1.0;
  };
  EXPECT_GT(accuracy_bound(0), 0.4);
  EXPECT_EQ(accuracy_bound(1e-6), 0);  // so sure is it never
}

}  // namespace
}  // namespace amsel
