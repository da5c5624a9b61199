#include "profile/calibration_sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <set>

#include "base/file.h"
#include "image/image_reader.h"
#include "image/preprocess.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

std::vector<int> Labels(const std::vector<LabelledImage>& images, const std::vector<std::size_t>& positions) {
  std::vector<int> counts(FakeWorld::kClasses, 0);
  for (const std::size_t i : positions) ++counts[static_cast<std::size_t>(images[i].label)];
  return counts;
}

TEST(CalibrationSample, IsSpreadOverTheClassesAndDisjointFromWhatJudges) {
  const FakeWorld world("sample_spread", 80);
  SampleOptions options;
  options.calibrate = 16;
  const CalibrationSample sample = DrawCalibrationSample(world.images, options).value();
  EXPECT_THAT(Labels(world.images, sample.calibrate), testing::ElementsAre(4, 4, 4, 4));
  EXPECT_EQ(sample.judge.size(), 64U);
  std::set<std::size_t> all(sample.judge.begin(), sample.judge.end());
  all.insert(sample.calibrate.begin(), sample.calibrate.end());
  EXPECT_EQ(all.size(), 80U);
  for (std::size_t n = 0; n < sample.keys.size(); ++n) {
    const std::string sum = Sha256HexOfFile(world.images[sample.calibrate[n]].reference).value();
    EXPECT_EQ(sample.keys[n], sum.substr(0, 16));
  }
  EXPECT_EQ(DrawCalibrationSample(world.images, options)->calibrate, sample.calibrate);
  options.seed = 2;
  EXPECT_NE(DrawCalibrationSample(world.images, options)->calibrate, sample.calibrate);
  options.judge = 16;
  const std::vector<int> judging = Labels(world.images, DrawCalibrationSample(world.images, options)->judge);
  EXPECT_NEAR(std::accumulate(judging.begin(), judging.end(), 0), 16, 4);
  for (const int images : judging) EXPECT_NEAR(images, 4, 2);
}

TEST(CalibrationSample, TakesAQuarterAtMost) {
  const FakeWorld world("sample_quarter", 80);
  EXPECT_EQ(DrawCalibrationSample(world.images, {})->calibrate.size(), 20U);
}

TEST(CalibrationSample, KeepsToTheSplitsOfTheList) {
  FakeWorld world("sample_splits", 80);
  for (std::size_t i = 0; i < 80; ++i) {
    world.images[i].split = std::vector<const char*>{"", "fit", "select", "certify", "test"}[i / 4 % 5];
  }
  const CalibrationSample sample = DrawCalibrationSample(world.images, {}).value();
  for (const std::size_t i : sample.calibrate) EXPECT_LT(i / 4 % 5, 2U) << world.images[i].split;
  for (const std::size_t i : sample.judge) EXPECT_LT(i / 4 % 5, 3U) << world.images[i].split;
  for (LabelledImage& image : world.images) image.split = "test";
  EXPECT_THAT(DrawCalibrationSample(world.images, {}).error().message, HasSubstr("0 may calibrate"));
}

TEST(CalibrationSample, WhatSharesGroupOrContentDoesNotJudge) {
  FakeWorld world("sample_groups", 40);
  for (std::size_t i = 0; i < 40; ++i) world.images[i].group = "g" + std::to_string(i / 8);
  for (std::size_t i = 32; i < 40; ++i) world.images[i].group.clear();
  for (std::size_t i = 33; i < 40; ++i) {  // eight copies of one picture
    std::filesystem::copy_file(world.images[32].reference, world.images[i].reference,
                               std::filesystem::copy_options::overwrite_existing);
  }
  const CalibrationSample sample = DrawCalibrationSample(world.images, {}).value();
  std::set<std::string> groups;
  bool copies = false;
  for (const std::size_t i : sample.calibrate) {
    const bool first = groups.insert(world.images[i].group).second;
    EXPECT_TRUE(first || i >= 32) << "two of one group";
    copies = copies || i >= 32;
  }
  ASSERT_TRUE(copies) << "another seed is needed for this test";
  for (const std::size_t i : sample.judge) {
    EXPECT_LT(i, 32U);
    EXPECT_FALSE(groups.contains(world.images[i].group));  // no copy is left, whose group has no name
  }
}

TEST(WriteTensors, WritesWhatTheCandidateSeesAndLeavesOutWhatCannotBeDecoded) {
  FakeWorld world("sample_tensors", 80);
  SampleOptions options;
  options.calibrate = 8;
  CalibrationSample sample = DrawCalibrationSample(world.images, options).value();
  const std::size_t broken = sample.calibrate[2];
  ASSERT_TRUE(WriteFile(world.images[broken].reference, "no image").ok());
  ASSERT_TRUE(WriteTensors(world.LoadedZoo(), world.images, options, world.Path(""), sample).ok());
  ASSERT_EQ(sample.calibrate.size(), 7U);
  ASSERT_EQ(sample.keys.size(), 7U);
  EXPECT_EQ(sample.skipped[0].first, world.images[broken].key);
  const Preprocess preprocess = world.LoadedZoo().entries[1].card.preprocess;
  const std::string written = ReadFile(world.Path("dark.tensor")).value();
  ASSERT_EQ(written.size(), 7 * TensorBytes(preprocess));
  Preprocessor preprocessor(preprocess);
  ImageReader reader;
  std::string expected(TensorBytes(preprocess), ' ');
  const Image image = DecodeImage(reader.Fetch(world.images[sample.calibrate[2]].reference).value(), {}).value();
  preprocessor.Apply(image, std::as_writable_bytes(std::span(expected)));
  EXPECT_EQ(written.substr(2 * expected.size(), expected.size()), expected);
}

}  // namespace
}  // namespace amsel
