#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "tests/support/own_outcomes.h"
#include "train/train.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string PathOf(const char* name) {
  return testing::TempDir() + "own_" + name;
}

Bundle Trained(const OwnOutcomes& world, const std::string& path, const TrainOptions& options = {}) {
  const auto summary = TrainOnOutcomes(world.Table(), options, path);
  EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().message);
  return Bundle::Open(path).value();
}

TEST(TrainOnOutcomes, WritesABundleOfThePolicyAlone) {
  const Bundle bundle = Trained({}, PathOf("alone"));
  const Manifest& manifest = bundle.manifest();
  EXPECT_EQ(manifest.policy_kind, "staged");
  EXPECT_EQ(manifest.classes, kOwnAnswers);
  EXPECT_THAT(manifest.features, IsEmpty());
  EXPECT_EQ(manifest.single_best, "large");
  ASSERT_EQ(manifest.candidates.size(), 2);
  EXPECT_EQ(manifest.candidates[0].name, "small");
  EXPECT_EQ(manifest.candidates[0].training_top1, 0.75);
  EXPECT_EQ(manifest.candidates[1].costs[0].backend, "caller");
  EXPECT_EQ(manifest.candidates[1].costs[0].inference_ms, 4);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bundle.path())) {
    EXPECT_NE(entry.path().extension(), ".onnx");
  }
  const auto file = bundle.VerifiedFile(bundle.candidate(0));
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("has no DNN"));
}

TEST(TrainOnOutcomes, OneTableGivesOneBundleByteForByte) {
  OwnOutcomes world;
  Trained(world, PathOf("one"));
  Trained(world, PathOf("two"));
  EXPECT_EQ(ReadFile(PathOf("one") + "/SHA256SUMS").value(), ReadFile(PathOf("two") + "/SHA256SUMS").value());
}

TEST(TrainOnOutcomes, KeepsOutWhatIsForTestsAndCertificates) {
  OwnOutcomes world;
  world.split_of_last = "test";
  EXPECT_EQ(Trained(world, PathOf("test")).manifest().training_images, 320);
  world.split_of_last = "certify";
  const Bundle certified = Trained(world, PathOf("certify"));
  EXPECT_EQ(certified.manifest().training_images, 320);
  ASSERT_EQ(certified.manifest().operating_points[0].certificates.size(), 2);
  EXPECT_EQ(certified.manifest().operating_points[0].certificates[0].images, 80);
}

TEST(TrainOnOutcomes, CertifiesNothingBetweenRightAndWrong) {
  OwnOutcomes world;
  world.images = 2000;
  EXPECT_EQ(Trained(world, PathOf("whole")).manifest().training_images, 1600);
  world.worth = 0.5;
  const Bundle bundle = Trained(world, PathOf("partial"));
  EXPECT_EQ(bundle.manifest().training_images, 2000);
  EXPECT_THAT(bundle.manifest().operating_points, Each(Field(&ManifestPoint::certificates, IsEmpty())));
}

TEST(TrainOnOutcomes, RefusesNamesThatNoFolderCanHave) {
  OwnOutcomes world;
  world.names[0] = "../small";
  const auto refused = TrainOnOutcomes(world.Table(), {}, PathOf("names"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("own.csv: candidate `../small`"), Not(HasSubstr("names/"))));
}

}  // namespace
}  // namespace amsel
