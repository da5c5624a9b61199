#include "profile/profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "profile/merge.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// All that a profile says of answers, without times.
std::string Answers(const std::string& file) {
  const ProfileTable table = ProfileTable::Load(file).value();
  std::string text;
  std::vector<float> row(static_cast<std::size_t>(table.classes()));
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    text += table.images[i].key + " " + table.images[i].sha256;
    for (const float value : table.Features(i)) text += " " + std::to_string(value);
    for (std::size_t c = 0; c < table.candidate_count(); ++c) {
      table.LogProbsOf(c, i, row);
      for (const float value : row) text += " " + std::to_string(value);
    }
    text += "\n";
  }
  return text;
}

TEST(RunProfile, RecordsAnswersAndTimesOfEveryCandidate) {
  FakeWorld world("profiler_records");
  const ProfileTable table = world.Table();
  ASSERT_EQ(table.candidate_count(), 3U);
  EXPECT_EQ(table.image_count(), 400U);
  EXPECT_EQ(table.candidates[0].name, "bright");
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(1), 1);
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 4);
  int dark_or_bright = 0;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    dark_or_bright += static_cast<int>(table.Right(0, i)) + static_cast<int>(table.Right(1, i));
  }
  EXPECT_EQ(dark_or_bright, 400);  // exactly one of the experts is right on each
}

TEST(RunProfile, AnExistingFileIsNotTouchedWithoutResume) {
  FakeWorld world("profiler_exists", 80);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  const auto again = world.Profile("p.db", world.Options());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::kUsage);
}

TEST(RunProfile, AStoppedRunIsResumedToTheSameTable) {
  FakeWorld world("profiler_resume", 300);
  ASSERT_TRUE(world.Profile("whole.db", world.Options()).ok());
  int runs_left = 150;  // of 300 and warm-ups: stops in the middle of a block
  world.AddCandidate("general", 4, [&](int, int luck) {
    if (--runs_left == 0) throw std::runtime_error("pulled the plug");
    return luck < 179;
  });
  EXPECT_THROW((void)world.Profile("cut.db", world.Options()), std::runtime_error);
  EXPECT_THAT(ProfileTable::Load(world.Path("cut.db")).error().message, HasSubstr("is incomplete"));
  runs_left = -1;
  ProfileOptions options = world.Options();
  options.resume = true;
  const auto resumed = world.Profile("cut.db", options);
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  EXPECT_EQ(Answers(world.Path("cut.db")), Answers(world.Path("whole.db")));
  const auto nothing_left = world.Profile("cut.db", options);
  EXPECT_EQ(nothing_left->profiled, 0U);
}

TEST(RunProfile, ResumeAddsAViewAndRunsAChangedCandidateAgain) {
  FakeWorld world("profiler_changes", 100);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  ProfileOptions options = world.Options();
  options.resume = true;
  options.views.views = {{View::Kind::kHflip}};
  ASSERT_TRUE(world.Profile("p.db", options).ok());
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->candidate_count(), 6U);
  ASSERT_TRUE(WriteFile(world.Path("zoo/general/1/model.onnx"), "another DNN").ok());
  world.AddCandidate("dark", 1, [](int, int) { return true; });  // the same file: not run again
  ASSERT_TRUE(WriteFile(world.Path("zoo/bright/1/model.onnx"), "another DNN").ok());
  world.AddCandidate("general", 2, [](int, int) { return true; });
  ASSERT_TRUE(WriteFile(world.Path("zoo/general/1/model.onnx"), "another DNN").ok());
  ASSERT_TRUE(world.Profile("p.db", options).ok());
  const ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 2);
  bool dark_all_right = true;
  for (std::size_t i = 0; i < table.image_count(); ++i) dark_all_right = dark_all_right && table.Right(1, i);
  EXPECT_FALSE(dark_all_right);
}

TEST(RunProfile, ResumeAddsFeaturesThatCameLaterAndRunsNoCandidateAgain) {
  FakeWorld world("profiler_features", 100);
  ASSERT_TRUE(world.Profile("whole.db", world.Options()).ok());
  ProfileOptions options = world.Options();
  options.features = PaperFeatureNames();
  ASSERT_TRUE(world.Profile("p.db", options).ok());
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->feature_names.size(), 7U);
  world.AddCandidate("general", 2, [](int, int) { return false; });  // the same file: would answer wrongly if run
  options = world.Options();
  options.resume = true;
  const auto resumed = world.Profile("p.db", options);
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  EXPECT_EQ(resumed->profiled, 100U);
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->feature_names.size(), AllFeatureNames().size());
  EXPECT_EQ(Answers(world.Path("p.db")), Answers(world.Path("whole.db")));
  EXPECT_EQ(world.Profile("p.db", options)->profiled, 0U);
}

TEST(RunProfile, ResumeKeepsFeaturesThatItIsNotAskedFor) {
  FakeWorld world("profiler_keeps_features", 100);
  ASSERT_TRUE(world.Profile("whole.db", world.Options()).ok());
  ProfileOptions options = world.Options();
  options.features = {"hue1"};
  const std::vector<LabelledImage> images = world.images;
  world.images.resize(40);
  ASSERT_TRUE(world.Profile("p.db", options).ok());
  world.images = images;
  options.features = {"contrast", "jpeg_quality"};
  options.resume = true;
  const auto resumed = world.Profile("p.db", options);
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  const auto table = ProfileTable::Load(world.Path("p.db"));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->feature_names, (std::vector<std::string>{"contrast", "hue1", "jpeg_quality"}));
  const ProfileTable whole = ProfileTable::Load(world.Path("whole.db")).value();
  const auto hue = std::find(whole.feature_names.begin(), whole.feature_names.end(), "hue1");
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(table->Features(i)[1], whole.Features(i)[static_cast<std::size_t>(hue - whole.feature_names.begin())]);
    EXPECT_EQ(table->Features(i)[2], 100);
  }
}

TEST(RunProfile, ShardsMergeToTheWhole) {
  FakeWorld world("profiler_shards", 150);
  ASSERT_TRUE(world.Profile("whole.db", world.Options()).ok());
  std::vector<std::string> shards;
  for (int shard = 0; shard < 3; ++shard) {
    ProfileOptions options = world.Options();
    options.shards = 3;
    options.shard = shard;
    ASSERT_TRUE(world.Profile("s" + std::to_string(shard), options).ok());
    shards.push_back(world.Path("s" + std::to_string(shard)));
  }
  const Status merged = MergeProfiles(shards, world.Path("merged.db"));
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_EQ(Answers(world.Path("merged.db")), Answers(world.Path("whole.db")));
  EXPECT_THAT(MergeProfiles({shards[0], shards[1]}, world.Path("m2")).error().message,
              HasSubstr("shard 3 of 3 is missing"));
  EXPECT_THAT(MergeProfiles({shards[0], shards[0], shards[2]}, world.Path("m2")).error().message,
              HasSubstr("was given already"));
  ProfileOptions fewer = world.Options();
  fewer.features = {"hue1"};
  fewer.shards = 3;
  fewer.shard = 1;
  ASSERT_TRUE(world.Profile("fewer", fewer).ok());
  EXPECT_THAT(MergeProfiles({shards[0], world.Path("fewer"), shards[2]}, world.Path("m2")).error().message,
              HasSubstr("has other features than"));
  EXPECT_FALSE(std::filesystem::exists(world.Path("m2")));
}

TEST(RunProfile, ABadImageIsSkippedCountedAndNamed) {
  FakeWorld world("profiler_bad", 50);
  ASSERT_TRUE(WriteFile(world.images[3].reference, "").ok());
  world.images[9].reference += ".missing";
  const auto summary = world.Profile("p.db", world.Options());
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->images, 48U);
  ASSERT_EQ(summary->skipped.size(), 2U);
  EXPECT_EQ(summary->skipped[0].first, "3.pgm");
  EXPECT_THAT(summary->skipped[0].second, HasSubstr("empty"));
  ProfileOptions strict = world.Options();
  strict.strict = true;
  EXPECT_THAT(world.Profile("s.db", strict).error().message, HasSubstr("3.pgm: the file is empty"));
}

/// Lets a candidate fail, or answer with what is no number, where `how(luck)` says so.
enum class Fault { kNone, kRun, kNan };
template <typename How>
void LetFail(FakeWorld& world, const std::string& name, How how) {
  const auto answer = [&world, how](std::span<const std::byte> input, int, std::vector<float>& output) -> Status {
    world.clock.Advance(std::chrono::milliseconds(2));
    const Fault fault = how(static_cast<int>(reinterpret_cast<const float*>(input.data())[1]));
    output.assign(FakeWorld::kClasses, fault == Fault::kNan ? NAN : 0.0F);
    output[1] += 3.0F;
    return fault == Fault::kRun ? Status(RuntimeFailure("out of luck")) : Status();
  };
  world.backend.Add(name, FakeBackend::Describe("input", 3, FakeWorld::kSide, "logits", FakeWorld::kClasses), answer);
}

Fault NanBelow40(int luck) {
  return luck < 40 ? Fault::kNan : Fault::kNone;
}

TEST(RunProfile, OneBadAnswerStopsNothingAndCountsAsWrong) {
  FakeWorld world("profiler_nan", 100);
  LetFail(world, "general", NanBelow40);
  ProfileOptions options = world.Options();
  std::vector<FailedRun> told;
  options.run_failed = [&](const FailedRun& failure) { told.push_back(failure); };
  const auto summary = world.Profile("p.db", options);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->images, 100U);
  ASSERT_FALSE(summary->failed_runs.empty());
  EXPECT_EQ(summary->failed_runs.size(), told.size());
  EXPECT_EQ(told.front().candidate, "general");
  EXPECT_THAT(told.front().image, testing::EndsWith(".pgm"));
  EXPECT_THAT(told.front().reason, HasSubstr("the candidate gave NaN"));
  const ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  EXPECT_EQ(table.failed_count(), told.size());
  std::vector<float> row(FakeWorld::kClasses);
  std::size_t failed = 0;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    EXPECT_FALSE(table.Failed(0, i));
    if (!table.Failed(2, i)) continue;
    ++failed;
    EXPECT_FALSE(table.Right(2, i, 5));
    EXPECT_EQ(table.TopClassOf(2, i), -1);
    EXPECT_DOUBLE_EQ(table.InferenceMs(2, i), 2);
    table.LogProbsOf(2, i, row);
    for (const float value : row) EXPECT_NEAR(value, std::log(0.25), 1e-3);
  }
  EXPECT_EQ(failed, told.size());
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 2);
  EXPECT_DOUBLE_EQ(table.InferenceQuantileMs(2, 0.99), 2);
}

TEST(RunProfile, ARunThatFailsIsRecordedAndNotTriedAgainUnlessAsked) {
  FakeWorld world("profiler_retry", 100);
  LetFail(world, "general", [](int luck) { return luck < 40 ? Fault::kRun : Fault::kNone; });
  ProfileOptions options = world.Options();
  const auto first = world.Profile("p.db", options);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->failed_runs.front().reason, "out of luck");
  options.resume = true;
  const auto again = world.Profile("p.db", options);
  EXPECT_EQ(again->profiled, 0U);
  EXPECT_EQ(again->failed_runs.size(), first->failed_runs.size());
  LetFail(world, "general", [](int) { return Fault::kNone; });
  options.retry_failed = true;
  EXPECT_EQ(world.Profile("p.db", options)->failed_runs.size(), 0U);
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->failed_count(), 0U);
}

TEST(RunProfile, AChangedCandidateIsTriedAgainWhereItFailed) {
  FakeWorld world("profiler_mended", 100);
  LetFail(world, "general", NanBelow40);
  ASSERT_FALSE(world.Profile("p.db", world.Options())->failed_runs.empty());
  LetFail(world, "general", [](int) { return Fault::kNone; });
  ASSERT_TRUE(WriteFile(world.Path("zoo/general/1/model.onnx"), "mended").ok());
  ProfileOptions options = world.Options();
  options.resume = true;
  EXPECT_TRUE(world.Profile("p.db", options)->failed_runs.empty());
}

TEST(RunProfile, StrictStopsAtTheFirstRunThatFails) {
  FakeWorld world("profiler_strict", 60);
  LetFail(world, "general", NanBelow40);
  ProfileOptions options = world.Options();
  options.strict = true;
  const auto summary = world.Profile("p.db", options);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(summary.error().message, testing::ContainsRegex("general: [0-9]+.pgm: the candidate gave NaN"));
}

TEST(RunProfile, WhoFailsOnMostImagesIsRefusedAtTheEndAndMayLeaveTheZoo) {
  FakeWorld world("profiler_hopeless", 60);
  LetFail(world, "general", [](int) { return Fault::kRun; });
  const auto summary = world.Profile("p.db", world.Options());
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(summary.error().message, HasSubstr("general: gave no answer for 60 of 60 images"));
  EXPECT_THAT(summary.error().message, HasSubstr("out of luck"));
  EXPECT_THAT(ProfileTable::Load(world.Path("p.db")).error().message, HasSubstr("is incomplete"));
  std::filesystem::remove_all(world.Path("zoo/general"));
  ProfileOptions options = world.Options();
  options.resume = true;
  const auto without = world.Profile("p.db", options);
  ASSERT_TRUE(without.ok()) << without.error().message;
  EXPECT_EQ(without->profiled, 0U);
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->candidate_count(), 2U);
}

TEST(RunProfile, ConformanceIsRecordedOnImagesThatTheCandidateAnswers) {
  FakeWorld world("profiler_conformance", 60);
  int runs = 0;
  LetFail(world, "general", [&](int) { return ++runs < 6 ? Fault::kRun : Fault::kNone; });
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  const ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(table.Conformance(c)->size(), 3U);
}

TEST(RunProfile, FailedRunsMergeWithTheirShards) {
  FakeWorld world("profiler_nan_shards", 100);
  LetFail(world, "general", NanBelow40);
  const std::size_t whole = world.Profile("whole.db", world.Options())->failed_runs.size();
  for (int shard = 0; shard < 2; ++shard) {
    ProfileOptions options = world.Options();
    options.shards = 2;
    options.shard = shard;
    ASSERT_TRUE(world.Profile("s" + std::to_string(shard), options).ok());
  }
  ASSERT_TRUE(MergeProfiles({world.Path("s0"), world.Path("s1")}, world.Path("merged.db")).ok());
  EXPECT_EQ(ProfileTable::Load(world.Path("merged.db"))->failed_count(), whole);
  EXPECT_EQ(Answers(world.Path("merged.db")), Answers(world.Path("whole.db")));
}

TEST(RunProfile, AProfileWithoutTheTableOfFailedRunsStillOpens) {
  FakeWorld world("profiler_older", 60);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  {
    auto store = ProfileStore::Open(world.Path("p.db"), /*writable=*/true);
    ASSERT_TRUE(store->database().Execute("DROP TABLE run_failure").ok());
    ASSERT_TRUE(store->Complete().ok());
  }
  EXPECT_EQ(ProfileTable::Load(world.Path("p.db"))->failed_count(), 0U);
  ProfileOptions options = world.Options();
  options.resume = true;
  EXPECT_TRUE(world.Profile("p.db", options).ok());
}

TEST(RunProfile, NoUsableImageLeavesNoFile) {
  FakeWorld world("profiler_none", 3);
  for (LabelledImage& image : world.images) image.reference += ".missing";
  const auto summary = world.Profile("p.db", world.Options());
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kBadInput);
  EXPECT_FALSE(std::filesystem::exists(world.Path("p.db")));
}

TEST(RunProfile, AnotherZooOrOtherImagesAreRefused) {
  FakeWorld world("profiler_other", 40);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  ProfileOptions options = world.Options();
  options.resume = true;
  world.images[5].label = (world.images[5].label + 1) % 4;
  EXPECT_THAT(world.Profile("p.db", options).error().message, HasSubstr("is a profile of other images"));
  world.images[5].label = 1;
  std::filesystem::remove_all(world.Path("zoo/dark"));
  EXPECT_THAT(world.Profile("p.db", options).error().message, HasSubstr("is a profile of another zoo"));
}

TEST(RunProfile, AFileThatIsNoProfileIsRefused) {
  FakeWorld world("profiler_foreign", 4);
  ASSERT_TRUE(WriteFile(world.Path("p.db"), "this is no database, and long enough not to be an empty one").ok());
  ProfileOptions options = world.Options();
  options.resume = true;
  const auto summary = world.Profile("p.db", options);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(summary.error().message, HasSubstr("is not an amsel profile"));
}

TEST(RunProfile, AFullDiskIsAnErrorAndLeavesNoEmptyProfile) {
  FakeWorld world("profiler_full", 4);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  rlimit limit = old;
  limit.rlim_cur = 3000;
  setrlimit(RLIMIT_FSIZE, &limit);
  const auto summary = world.Profile("p.db", world.Options());
  setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kRuntime);
  EXPECT_FALSE(std::filesystem::exists(world.Path("p.db")));
}

}  // namespace
}  // namespace amsel
