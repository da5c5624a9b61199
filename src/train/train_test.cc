#include "train/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/sha256.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> Tree(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), root).string()] = ReadFile(entry.path().string()).value();
    }
  }
  return files;
}

TEST(Train, OneSeedGivesOneBundleByteForByte) {
  FakeWorld world("train_bytes");
  const ProfileTable table = world.Table();
  for (const char* policy : {"single", "chain", "chain:tree-svm-knn", "multiclass:forest", "p-right"}) {
    TrainOptions options;
    options.policy = policy;
    ASSERT_TRUE(Train(table, options, world.Path("one")).ok());
    ASSERT_TRUE(Train(table, options, world.Path("two")).ok());
    EXPECT_EQ(Tree(world.Path("one")), Tree(world.Path("two")));
  }
}

TEST(Train, ABundleOpensAndDescribesItself) {
  FakeWorld world("train_opens");
  const ProfileTable table = world.Table();
  TrainOptions options;
  options.policy = "p-right";
  options.split.test_fraction = 0.25;
  const auto summary = Train(table, options, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_NEAR(static_cast<double>(summary->set_aside), 100, 3);
  const auto bundle = Bundle::Open(world.Path("bundle"));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ(bundle->manifest().single_best, "general");
  EXPECT_EQ(bundle->policy().kind(), "p-right");
  EXPECT_EQ(bundle->TrainingImages()->size(), 400 - summary->set_aside);
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
  double shares = 0;
  for (const PathEntry& path : bundle->manifest().operating_points[0].paths) shares += path.share;
  EXPECT_NEAR(shares, 1, 1e-9);
  EXPECT_GT(bundle->manifest().operating_points[0].top1, 0.95);
}

TEST(Train, TheManifestRecordsEveryOption) {
  FakeWorld world("train_options", 100);
  TrainOptions options;
  options.policy = "single";
  options.epsilon = 0.25;
  options.split.test_fraction = 0.1;
  options.learn.theta = 0.5;
  options.learn.classifiers.k = 7;
  options.learn.on_none = OnNone::kCheapest;
  options.learn.features = {"contrast"};
  options.learn.staged.abstain_price = 0.75;
  options.learn.seed = 9;
  const auto summary = Train(world.Table(), options, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->manifest.training_options, Json({{"policy", "single"},
                                                      {"top", 1},
                                                      {"tie_tolerance", 0.05},
                                                      {"theta", 0.5},
                                                      {"chain_k", 7},
                                                      {"p_right_k", 50},
                                                      {"tree_depth", 16},
                                                      {"svm_gamma", 0.001},
                                                      {"svm_c", 1.0},
                                                      {"trees", 100},
                                                      {"on_none", "cheapest"},
                                                      {"features", Json::array({"contrast"})},
                                                      {"select_features", Json::array()},
                                                      {"select_correlation", 0.75},
                                                      {"inner_folds", 5},
                                                      {"seed", 9},
                                                      {"abstain_price", 0.75},
                                                      {"epsilon", 0.25},
                                                      {"certify_fraction", 0.2},
                                                      {"test_fraction", 0.1}}));
}

TEST(Train, QuantilesOfAPointAreThoseOfSingleImages) {
  FakeWorld world("train_quantiles");
  world.slow_above = 243;  // a twentieth
  const ProfileTable table = world.Table();
  TrainOptions options;
  options.policy = "staged";
  ASSERT_TRUE(Train(table, options, world.Path("bundle")).ok());
  const auto bundle = Bundle::Open(world.Path("bundle"));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  for (const ManifestPoint& point : bundle->manifest().operating_points) {
    EXPECT_LT(point.latency_p50_ms, point.latency_ms) << point.name;
    EXPECT_GT(point.latency_p99_ms, point.worst_path_ms) << point.name;  // of mean times
  }
}

TEST(Train, APremodelThatReadsAFeatureDnnBringsItsFile) {
  FakeWorld world("train_feature_dnn");
  ProfileOptions profile = world.Options();
  profile.feature_dnn = world.AddFeatureDnn();
  ASSERT_TRUE(world.Profile("p.db", profile).ok());
  const ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  TrainOptions options;
  options.policy = "multiclass:logistic@dnn";
  ASSERT_TRUE(Train(table, options, world.Path("one")).ok());
  ASSERT_TRUE(Train(table, options, world.Path("two")).ok());
  EXPECT_EQ(Tree(world.Path("one")), Tree(world.Path("two")));
  const auto bundle = Bundle::Open(world.Path("one"));
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ(bundle->manifest().feature_dnn->feature_values, 2);
  EXPECT_DOUBLE_EQ(bundle->manifest().feature_dnn->costs.front().inference_ms, 2);
  EXPECT_DOUBLE_EQ(bundle->manifest().features_ms, 2);
  EXPECT_EQ(ReadFile(bundle->VerifiedFile(*bundle->manifest().feature_dnn).value()).value(), "feature DNN");
  EXPECT_EQ(bundle->Conformance(*bundle->manifest().feature_dnn)->tensors.at("values").shape,
            (std::vector<std::int64_t>{3, 2}));
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
  options.policy = "p-right";
  ASSERT_TRUE(Train(table, options, world.Path("without")).ok());
  EXPECT_FALSE(Bundle::Open(world.Path("without"))->manifest().feature_dnn);
  EXPECT_FALSE(std::filesystem::exists(world.Path("without/feature_dnn")));
}

TEST(Train, AFeatureDnnMustBeTheOneThatWasProfiled) {
  FakeWorld world("train_feature_dnn_moved");
  ProfileOptions profile = world.Options();
  profile.feature_dnn = world.AddFeatureDnn();
  ASSERT_TRUE(world.Profile("p.db", profile).ok());
  ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  TrainOptions options;
  options.policy = "p-right@dnn";
  std::filesystem::rename(world.Path("feature_dnn/cnn.onnx"), world.Path("moved.onnx"));
  EXPECT_THAT(Train(table, options, world.Path("b")).error().message, HasSubstr("name it with --feature-dnn"));
  options.dnns.feature_dnn = world.Path("moved.onnx");
  EXPECT_TRUE(Train(table, options, world.Path("b")).ok());
  ASSERT_TRUE(WriteFile(world.Path("moved.onnx"), "another").ok());
  EXPECT_THAT(Train(table, options, world.Path("c")).error().message,
              HasSubstr("moved.onnx: is not the feature DNN that was profiled in"));
  table.feature_dnn.reset();  // a table that comes from elsewhere
  EXPECT_THAT(Train(table, options, world.Path("c")).error().message, HasSubstr("does not say which DNN"));
  EXPECT_FALSE(std::filesystem::exists(world.Path("c")));
}

TEST(Train, ADnnThatIsNotTheProfiledOneIsRefused) {
  FakeWorld world("train_changed");
  const ProfileTable table = world.Table();
  ASSERT_TRUE(WriteFile(world.Path("zoo/dark/1/model.onnx"), "another").ok());
  const auto summary = Train(table, {}, world.Path("bundle"));
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.error().message, HasSubstr("is not the file that was profiled"));
  EXPECT_FALSE(std::filesystem::exists(world.Path("bundle")));
}

TEST(Train, WithoutDnnsTheBundleDecidesForWhoRunsThemHimself) {
  FakeWorld world("train_without_dnns");
  ProfileTable table = world.Table();
  TrainOptions options;
  const auto path = world.Path("bundle");
  for (CandidateOrigin& candidate : table.profiled) candidate.card.clear();  // as of DNNs that amsel cannot run
  const auto refused = Train(table, options, path);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("--without-dnns"));
  options.dnns.left_out = true;
  const auto summary = Train(table, options, path);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    EXPECT_NE(entry.path().extension(), ".onnx");
    EXPECT_NE(entry.path().filename(), "conformance");
  }
  const auto bundle = Bundle::Open(path);
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_TRUE(bundle->VerifyAllFiles().ok());
  EXPECT_EQ(bundle->card(0).output_kind, OutputKind::kLogits);
  EXPECT_THAT(bundle->VerifiedFile(bundle->candidate(0)).error().message, HasSubstr("has no DNN"));
  EXPECT_THAT(bundle->Conformance(bundle->candidate(0)).error().message, HasSubstr("has no DNN"));
}

TEST(Bundle, ReplacesABundleOrAnEmptyFolderAndNothingElse) {
  FakeWorld world("train_replaces");
  const ProfileTable table = world.Table();
  std::filesystem::create_directory(world.Path("b"));
  EXPECT_TRUE(Train(table, {}, world.Path("b")).ok());
  EXPECT_TRUE(Train(table, {}, world.Path("b")).ok());
  std::filesystem::create_directory(world.Path("other"));
  ASSERT_TRUE(WriteFile(world.Path("other/manifest.json"), R"({"schema": "else"})").ok());
  const auto refused = Train(table, {}, world.Path("other"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(refused.error().message, HasSubstr("is no bundle"));
  EXPECT_TRUE(std::filesystem::exists(world.Path("other/manifest.json")));
}

TEST(Bundle, DamageAndNewerSchemasAreRefusedByName) {
  FakeWorld world("train_damage");
  const ProfileTable table = world.Table();
  const auto write = [&] {
    std::filesystem::remove_all(world.Path("b"));
    ASSERT_TRUE(Train(table, {}, world.Path("b")).ok());
  };
  const auto complaint = [&] {
    const auto bundle = Bundle::Open(world.Path("b"));
    return bundle.ok() ? std::string() : bundle.error().message;
  };
  for (const char* name : {"manifest.json", "policy.safetensors", "labels.txt", "candidates/dark/card.json"}) {
    write();
    std::string bytes = ReadFile(world.Path("b/") + name).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    ASSERT_TRUE(WriteFile(world.Path("b/") + name, bytes).ok());
    EXPECT_THAT(complaint(), HasSubstr(name));
    std::filesystem::remove(world.Path("b/") + name);
    EXPECT_THAT(complaint(), HasSubstr(name));
  }
  write();
  Json manifest = Json::parse(ReadFile(world.Path("b/manifest.json")).value());
  manifest["schema"] = "amsel.bundle/2";
  std::string sums = ReadFile(world.Path("b/SHA256SUMS")).value();
  sums.replace(sums.find("  manifest.json") - 64, 64, Sha256Hex(manifest.dump()));
  ASSERT_TRUE(WriteFile(world.Path("b/SHA256SUMS"), sums).ok());
  ASSERT_TRUE(WriteFile(world.Path("b/manifest.json"), manifest.dump()).ok());
  EXPECT_THAT(complaint(), HasSubstr("field `schema`: expected \"amsel.bundle/1\""));
  write();
  ASSERT_TRUE(WriteFile(world.Path("b/candidates/dark/model.onnx"), "DNN dork").ok());
  const auto bundle = Bundle::Open(world.Path("b"));  // DNN files are checked when they are first needed
  ASSERT_TRUE(bundle.ok());
  EXPECT_THAT(bundle->VerifyAllFiles().error().message, HasSubstr("candidates/dark/model.onnx"));
}

}  // namespace
}  // namespace amsel
