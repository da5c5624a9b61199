// DNNs of more than one file, and of another format, in bundles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "bundle/bundle.h"
#include "tests/support/tiny_onnx.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kWeights = RawFloats({1, 2, 3, 4, 5, 6});

/// `small` has its weights in weights/part1.bin; so has the feature DNN, whose file has a name of its own.
class BundleDnn : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(zoo_);
    fs::create_directories(zoo_ + "/weights");
    Write("small.onnx", OnnxWithData("./weights/part1.bin"));
    Write("weights/part1.bin", kWeights);
  }
  void TearDown() override { fs::remove_all(zoo_); }

  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFile(zoo_ + "/" + name, bytes).ok());
  }
  std::string Sum() const { return DnnSha256OfFile(zoo_ + "/small.onnx").value(); }

  std::function<void(BundleContents&)> WithData() const {
    return [this](BundleContents& contents) {
      TwoCandidates::ReadFeatureDnn(contents);
      contents.folders["small"].model_file = contents.feature_dnn->model_file = zoo_ + "/small.onnx";
      contents.manifest.candidates[TwoCandidates::kSmall].sha256 = contents.manifest.feature_dnn->sha256 = Sum();
    };
  }

  const std::string name_ = std::string("bundle_dnn_") + testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string zoo_ = testing::TempDir() + name_ + ".zoo";
};

TEST_F(BundleDnn, CarriesEveryFileThatTheGraphNames) {
  const TwoCandidates world(name_, WithData());
  fs::remove_all(zoo_);
  const auto bundle = Bundle::Open(world.path());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
  EXPECT_THAT(bundle->Files(bundle->candidate(TwoCandidates::kSmall)).data, ElementsAre("weights/part1.bin"));
  EXPECT_THAT(bundle->Files(*bundle->manifest().feature_dnn).data, ElementsAre("weights/part1.bin"));
  EXPECT_EQ(ReadFile(world.path() + "/candidates/small/weights/part1.bin").value(), kWeights);
  EXPECT_EQ(bundle->VerifiedFile(bundle->candidate(TwoCandidates::kSmall)).value(),
            world.path() + "/candidates/small/model.onnx");
  EXPECT_EQ(bundle->VerifiedFile(*bundle->manifest().feature_dnn).value(), world.path() + "/feature_dnn/model.onnx");
  const std::string sums = ReadFile(world.path() + "/SHA256SUMS").value();
  EXPECT_THAT(sums, HasSubstr(Sha256Hex(kWeights) + "  candidates/small/weights/part1.bin\n"));
  EXPECT_THAT(sums, HasSubstr(Sha256Hex(kWeights) + "  feature_dnn/weights/part1.bin\n"));
}

TEST_F(BundleDnn, KeepsWhatACandidateWasMadeFromAndCountsItsCalibrationAsTraining) {
  const std::string trained = ContentKey(Sha256Hex("trained on"));
  const std::string calibrated = ContentKey(Sha256Hex("calibrated on"));
  const TwoCandidates world(name_, [&](BundleContents& contents) {
    contents.training_images = {trained};
    Card& card = contents.folders["small"].card;
    card.derived_from = "large";
    card.derivation = Derivation{"int8", "images.csv", {calibrated}};
  });
  const Bundle bundle = Bundle::Open(world.path()).value();
  EXPECT_EQ(bundle.card(TwoCandidates::kSmall).derived_from, "large");
  EXPECT_EQ(bundle.card(TwoCandidates::kSmall).derivation->method, "int8");
  EXPECT_EQ(bundle.card(TwoCandidates::kLarge).derived_from, "");
  EXPECT_TRUE(bundle.IsDerived(TwoCandidates::kSmall));
  EXPECT_FALSE(bundle.IsDerived(TwoCandidates::kLarge));
  EXPECT_EQ(bundle.TrainingImages().value(), (std::set<std::string>{trained, calibrated}));
  EXPECT_EQ(ReadFile(world.path() + "/training_images.txt").value(), trained + "\n");
}

TEST_F(BundleDnn, ListsOnlyPathsOfCandidatesThatItHolds) {
  const TwoCandidates world(name_, [](BundleContents& contents) {
    contents.manifest.operating_points[0].paths = {
        {{"small"}, 0.6, 0.9}, {{"small", "elsewhere"}, 0.25, 0.8}, {{"small", "large"}, 0.15, 0.7}};
  });
  const auto bundle = Bundle::Open(world.path());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  const std::vector<PathEntry>& paths = bundle->manifest().operating_points[0].paths;
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_THAT(paths[0].sequence, ElementsAre("small"));
  EXPECT_DOUBLE_EQ(paths[0].share, 0.8);
  EXPECT_THAT(paths[1].sequence, ElementsAre("small", "large"));
  EXPECT_DOUBLE_EQ(paths[1].share, 0.2);
}

TEST_F(BundleDnn, SaysNothingOfFilesWhereADnnIsOneFile) {
  const TwoCandidates world(name_);
  const std::string manifest = ReadFile(world.path() + "/manifest.json").value();
  EXPECT_EQ(manifest.find("data_files"), std::string::npos);
  EXPECT_EQ(manifest.find("\"file\": \"model"), std::string::npos);
}

TEST_F(BundleDnn, ADamagedOrMissingDataFileIsNamed) {
  const TwoCandidates world(name_, WithData());
  const Bundle bundle = Bundle::Open(world.path()).value();
  for (const char* folder : {"/candidates/small", "/feature_dnn"}) {
    const std::string file = world.path() + folder + "/weights/part1.bin";
    ASSERT_TRUE(WriteFile(file, std::string(24, '\0')).ok());
    EXPECT_THAT(bundle.VerifyAllFiles().error().message, HasSubstr(file));
    ASSERT_TRUE(WriteFile(file, kWeights).ok());
  }
  const std::string file = world.path() + "/candidates/small/weights/part1.bin";
  ASSERT_TRUE(WriteFile(file, std::string(24, '\0')).ok());
  EXPECT_EQ(bundle.DamagedFile(bundle.candidate(TwoCandidates::kSmall)).value(), file);
  EXPECT_THAT(bundle.VerifiedFile(bundle.candidate(TwoCandidates::kSmall)).error().message,
              HasSubstr(file + ": its content"));
  EXPECT_EQ(bundle.DamagedFile(bundle.candidate(TwoCandidates::kLarge)).value(), "");
  fs::remove(file);
  EXPECT_THAT(bundle.DamagedFile(bundle.candidate(TwoCandidates::kSmall)).error().message,
              HasSubstr(file + ": cannot be opened"));
  const std::string feature_dnn = world.path() + "/feature_dnn/weights/part1.bin";
  ASSERT_TRUE(WriteFile(feature_dnn, "other").ok());
  EXPECT_THAT(bundle.VerifiedFile(*bundle.manifest().feature_dnn).error().message, HasSubstr(feature_dnn));
}

TEST_F(BundleDnn, ADataFileThatSha256SumsDoesNotListIsDamage) {
  const TwoCandidates world(name_, WithData());
  const std::string file = world.path() + "/SHA256SUMS";
  std::string sums = ReadFile(file).value();
  const std::string line = Sha256Hex(kWeights) + "  candidates/small/weights/part1.bin\n";
  ASSERT_TRUE(WriteFile(file, sums.erase(sums.find(line), line.size())).ok());
  const Bundle bundle = Bundle::Open(world.path()).value();
  EXPECT_THAT(bundle.DamagedFile(bundle.candidate(TwoCandidates::kSmall)).value(), HasSubstr("weights/part1.bin"));
}

TEST_F(BundleDnn, AnOrtFileKeepsItsEnding) {
  const std::string ort("\x20\0\0\0ORTM", 8);
  Write("small.ort", ort);
  const TwoCandidates world(name_, [&](BundleContents& contents) {
    contents.folders["small"].model_file = zoo_ + "/small.ort";
    contents.manifest.candidates[TwoCandidates::kSmall].sha256 = Sha256Hex(ort);
  });
  const auto bundle = Bundle::Open(world.path());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ(bundle->VerifiedFile(bundle->candidate(TwoCandidates::kSmall)).value(),
            world.path() + "/candidates/small/model.ort");
  EXPECT_FALSE(fs::exists(world.path() + "/candidates/small/model.onnx"));
}

TEST_F(BundleDnn, ADnnThatIsNotTheMeasuredOneIsNotWritten) {
  const TwoCandidates world(name_, [&](BundleContents& contents) {
    BundleContents wrong = contents;
    wrong.folders["small"].model_file = zoo_ + "/small.onnx";  // another than the manifest's sum says
    const Status written = WriteBundle(wrong, zoo_ + "/bundle");
    EXPECT_THAT(written.error().message, HasSubstr("small.onnx: is not the DNN that was measured"));
    wrong.manifest.candidates[TwoCandidates::kSmall].sha256 = Sum();
    fs::remove(zoo_ + "/weights/part1.bin");
    EXPECT_THAT(WriteBundle(wrong, zoo_ + "/bundle").error().message, HasSubstr("`weights/part1.bin`: is not there"));
    EXPECT_FALSE(fs::exists(zoo_ + "/bundle"));
  });
}

}  // namespace
}  // namespace amsel
