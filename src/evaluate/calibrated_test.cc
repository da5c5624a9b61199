// Images that a candidate was calibrated on are learned from, and judge nothing.
#include <gtest/gtest.h>

#include <numeric>

#include "evaluate/clock_bundle.h"
#include "evaluate/cross_validate_policies.h"
#include "evaluate/replay_bundle.h"
#include "evaluate/rows.h"
#include "tests/support/fake_world.h"
#include "tests/support/on_fake.h"
#include "train/train.h"

namespace amsel {
namespace {

constexpr std::size_t kImages = 400;
constexpr std::size_t kSeen = 100;

/// `bright` was calibrated on the last hundred of four hundred images.
struct CalibratedWorld : FakeWorld {
  explicit CalibratedWorld(const std::string& name) : FakeWorld(name, kImages) {
    std::vector<std::size_t> seen(kSeen);
    std::iota(seen.begin(), seen.end(), kImages - kSeen);
    SayDerived("bright", "general", seen);
  }
};

std::size_t LeftOut(CalibratedWorld& world) {
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  ClockOptions options;
  options.repetitions = 1;
  const auto clocked = ClockBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
  EXPECT_TRUE(clocked.ok());
  const ProfileTable table = ProfileTable::Load(world.Path("profile.db")).value();
  EXPECT_EQ(ReplayBundle(bundle, table, {}, world.clock)->left_out, clocked->left_out);
  return clocked->left_out;
}

TEST(CalibratedImages, AreTestedInNoFold) {
  CalibratedWorld world("calibrated_folds");
  CrossValidateOptions options;
  options.policies = {"p-right", "staged"};
  options.folds = 4;
  const Evaluation evaluation = CrossValidatePolicies(world.Table(), options, world.clock).value();
  EXPECT_EQ(evaluation.images.labels.size(), kImages - kSeen);
  for (const RowSamples& row : evaluation.rows) EXPECT_EQ(row.right.size(), kImages - kSeen) << row.name;
  EXPECT_EQ(evaluation.single_best, "general");
}

TEST(CalibratedImages, AreTrainedOnAndNeitherSetAsideNorCertifiedOn) {
  for (const char* policy : {"auto", "staged", "p-right", "chain"}) {
    CalibratedWorld world(std::string("calibrated_train_") + policy);
    TrainOptions options;
    options.policy = policy;
    options.split.test_fraction = 0.5;
    options.split.certify_few = true;
    const auto summary = Train(world.Table(), options, world.Path("bundle"));
    ASSERT_TRUE(summary.ok()) << summary.error().message;
    EXPECT_NEAR(static_cast<double>(summary->set_aside), 150, 3);
    EXPECT_NEAR(static_cast<double>(summary->manifest.training_images), kSeen + 120, 3);
    double shares = 0;
    for (const PathEntry& path : summary->manifest.operating_points[0].paths) shares += path.share;
    EXPECT_NEAR(shares, 1, 1e-9);
    EXPECT_EQ(LeftOut(world), kImages - summary->set_aside);
  }
}

TEST(CalibratedImages, JudgeNoBundleWhoseCandidateSawThem) {
  CalibratedWorld world("calibrated_bundle");
  const std::vector<LabelledImage> all = world.images;
  world.images.resize(kImages - kSeen);
  TrainOptions options;
  options.policy = "p-right";
  options.split.test_fraction = 0.5;
  const auto summary = Train(world.Table(), options, world.Path("bundle"));
  ASSERT_TRUE(summary.ok());
  world.images = all;
  ProfileOptions resume = world.Options();
  resume.resume = true;
  ASSERT_TRUE(world.Profile("profile.db", resume).ok());
  EXPECT_EQ(LeftOut(world), kImages - summary->set_aside);
}

TEST(CalibratedImages, ThatAreAllThereIsCannotBeCrossValidated) {
  CalibratedWorld world("calibrated_alone");
  world.images.erase(world.images.begin(), world.images.end() - kSeen);
  const Status checked = CheckEvaluable(world.Table(), {});
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message.find("every image is of split fit"), std::string::npos) << checked.error().message;
}

}  // namespace
}  // namespace amsel
