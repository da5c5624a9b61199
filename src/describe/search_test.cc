#include "describe/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <tuple>

#include "backend/fake_backend.h"
#include "base/random.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

constexpr int kInputSide = 16;
const std::vector<std::string> kLabels{"a", "b", "c"};  // red, green and blue

/// Wide pictures: a class's colour at both sides, any in the middle; and a DNN that wants all of such a picture, as BGR
/// in 0..1, and answers with classes one later than the labels.
class PlantedReading : public testing::Test {
 protected:
  void SetUp() override {
    Random random(3);
    for (int i = 0; i < 90; ++i)
      AddImage(i, i % 3, static_cast<int>(random.Below(3)), static_cast<int>(random.Below(30)));
    backend_.Add("dnn", FakeBackend::Describe("input", 3, kInputSide, "output", 3),
                 [this](std::span<const std::byte> input, int, std::vector<float>& output) {
                   ++runs_;
                   Answer({reinterpret_cast<const float*>(input.data()), 3 * kInputSide * kInputSide}, output);
                   return Status();
                 });
  }

  /// Planes are blue, green and red; outputs stand for blue, red and green.
  static void Answer(std::span<const float> values, std::vector<float>& output) {
    output.assign(3, 0);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (*least < -0.01F || *most > 1.01F || *most < 0.3F) return;  // nothing that it learned from
    for (std::size_t c = 0; c < 3; ++c) {
      double mean = 0;
      for (int i = 0; i < kInputSide * kInputSide; ++i)
        mean += values[c * kInputSide * kInputSide + static_cast<std::size_t>(i)];
      output[(3 - c) % 3] = static_cast<float>(-30 * std::fabs(mean / (kInputSide * kInputSide) - 0.5));
    }
  }

  void AddImage(int index, int label, int middle, int dim) {
    constexpr int kWidth = 60;
    constexpr int kHeight = 20;
    std::string pixels;
    for (int p = 0; p < kWidth * kHeight; ++p) {
      const int x = p % kWidth;
      const int colour = x < kWidth / 3 || x >= 2 * kWidth / 3 ? label : middle;
      for (int c = 0; c < 3; ++c) pixels += static_cast<char>(c == colour ? 205 - dim : 0);
    }
    const std::string file = testing::TempDir() + "planted_" + std::to_string(index) + ".ppm";
    std::ofstream(file, std::ios::binary) << "P6\n" << kWidth << " " << kHeight << "\n255\n" << pixels;
    images_.push_back({std::to_string(index), file, label, "", 1, ""});
  }

  /// Of which every fit and interpolation makes the same.
  void UseImagesOfOneColour() {
    images_.clear();
    for (int i = 0; i < 90; ++i) AddImage(i, i % 3, i % 3, i % 30);
  }

  Trial Start(const Samples& samples) {
    Card card;
    card.input_name = "input";
    card.output_name = "output";
    card.preprocess.height = card.preprocess.width = kInputSide;
    auto session = backend_.Open("dnn", {});
    auto runner = CandidateRunner::Over(std::move(session.value()), "dnn", card, kAnyOutputs);
    return Trial::Start(std::move(runner.value()), kLabels, kLabels, samples).value();
  }

  FakeBackend backend_;
  std::vector<LabelledImage> images_;
  std::atomic<int> runs_{0};
};

TEST_F(PlantedReading, SeveralMistakesAtOnceAreFound) {
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess wrong;
  wrong.height = wrong.width = kInputSide;
  const FoundReading found = FindReading(trial, {wrong}, /*free_size=*/false).value();
  const Preprocess& p = found.tried->preprocess;
  EXPECT_EQ(Top1(found.scores()), 1);
  EXPECT_EQ(p.fit, Fit::kSquash);
  EXPECT_EQ(p.std[0], 255);
  EXPECT_EQ(p.mean[0], 0);
  EXPECT_EQ(p.channels, ChannelOrder::kBgr);
  EXPECT_EQ(trial.maps()[found.map].class_of, std::vector<int>({2, 0, 1}));
}

TEST_F(PlantedReading, SeveralThreadsCountWhatOneCounts) {
  images_.resize(70);  // more than are in work at once
  backend_.Add("dnn", FakeBackend::Describe("input", 3, kInputSide, "output", 3),
               [](std::span<const std::byte> input, int, std::vector<float>& output) {
                 const std::span values(reinterpret_cast<const float*>(input.data()), 3 * kInputSide * kInputSide);
                 if (std::lround(std::abs(values[0]) * 1000) % 7 == 3) return Status(RuntimeFailure("it is too hot"));
                 Answer(values, output);
                 return Status();
               });
  Preprocess first;
  first.height = first.width = kInputSide;
  std::vector<Preprocess> readings;
  for (const Preprocess& one : Usual(Aspect::kNormalization, first)) {
    for (const Preprocess& other : Usual(Aspect::kFit, one)) readings.push_back(other);
  }
  const Samples samples = Samples::Draw(images_, 70, 1, {}).value();
  std::vector<std::vector<std::tuple<float, bool, int>>> counted;
  for (const bool concurrent : {false, true}) {
    backend_.concurrent = concurrent;
    Trial trial = Start(samples);
    counted.emplace_back();
    ASSERT_TRUE(trial.Try({readings.front()}, 5).ok());  // which is then ahead of the others
    const std::vector<const Tried*> all = trial.Try(readings, 70).value();
    for (const Tried* one : all) {
      counted.back().emplace_back(0.0F, false, static_cast<int>(one->failed.count));
      for (const std::vector<Score>& map : one->scores) {
        EXPECT_EQ(map.size(), 70U);
        for (const Score& score : map) counted.back().emplace_back(score.log_prob, score.right, score.answer);
      }
    }
  }
  EXPECT_EQ(counted[0], counted[1]);
}

TEST_F(PlantedReading, WhatIsClearlyWorseIsNotTriedOnAllImages) {
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess first;
  first.height = first.width = kInputSide;
  ASSERT_TRUE(FindReading(trial, {first}, false).ok());
  EXPECT_LT(runs_, 90 * 60);  // there are over a hundred readings
}

TEST_F(PlantedReading, AlternativesSayWhatTheyWouldCost) {
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess first;
  first.height = first.width = kInputSide;
  const FoundReading found = FindReading(trial, {first}, false).value();
  const auto alternatives = Alternatives(trial, found, false).value();
  bool saw_fit = false;
  for (const Alternative& one : alternatives) {
    if (one.field != FieldOf(Aspect::kFit)) continue;
    saw_fit = true;
    EXPECT_EQ(one.found, ValueOf(Aspect::kFit, found.tried->preprocess));
    EXPECT_TRUE(one.told_apart);
  }
  EXPECT_TRUE(saw_fit);
}

TEST_F(PlantedReading, AFitThatImagesCannotTellIsTheMostUsual) {
  UseImagesOfOneColour();
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess first;
  first.height = first.width = kInputSide;
  const Preprocess found = FindReading(trial, {first}, false).value().tried->preprocess;
  EXPECT_EQ(ValueOf(Aspect::kFit, found), ValueOf(Aspect::kFit, Usual(Aspect::kFit, found).front()));
}

TEST_F(PlantedReading, WhatIsBetterOnEveryImageAlikeIsNoTie) {
  images_.clear();
  for (int i = 0; i < 12; ++i) AddImage(i, i % 3, (i + 1) % 3, 0);  // the middle always of another class
  Samples samples = Samples::Draw(images_, 12, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess first;
  first.height = first.width = kInputSide;
  EXPECT_EQ(FindReading(trial, {first}, false).value().tried->preprocess.fit, Fit::kSquash);
}

TEST_F(PlantedReading, NumbersOfACardInTheOtherRangeAreFoundThoughTheyAreUnusual) {
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial trial = Start(samples);
  Preprocess card;
  card.height = card.width = kInputSide;
  card.fit = Fit::kSquash;
  card.channels = ChannelOrder::kBgr;
  card.mean = {0.004, 0.008, 0.006};  // of numbers in 0..1
  card.std = {1.02, 1.01, 1.03};
  SearchOptions options;
  options.misread = true;
  const Preprocess found = FindReading(trial, {card}, false, options).value().tried->preprocess;
  EXPECT_NEAR(found.mean[1], 255 * 0.008, 1e-6);
  EXPECT_NEAR(found.std[2], 255 * 1.03, 1e-6);
}

TEST_F(PlantedReading, DnnsThatDifferByChanceAloneAgree) {
  UseImagesOfOneColour();
  Samples samples = Samples::Draw(images_, 90, 1, {}).value();
  Trial one = Start(samples);
  Trial other = Start(samples);
  Preprocess first;
  first.height = first.width = kInputSide;
  const FoundReading right = FindReading(one, {first}, false).value();
  const auto found_in = [&](Trial& trial, Interpolation interpolation, ChannelOrder channels) {
    Preprocess reading = right.tried->preprocess;
    reading.interpolation = interpolation;
    reading.antialias = false;
    reading.channels = channels;
    return FoundReading{trial.Try({reading}, 90).value().front(), right.map, right.scores()};
  };
  FoundReading in_one = found_in(one, Interpolation::kArea, ChannelOrder::kBgr);
  FoundReading in_other = found_in(other, Interpolation::kBilinear, ChannelOrder::kRgb);
  ASSERT_TRUE(AgreeWhereTied({&one, &other}, {&in_one, &in_other}).ok());
  for (const FoundReading* found : {&in_one, &in_other}) {
    EXPECT_EQ(found->tried->preprocess.channels, ChannelOrder::kBgr);  // with RGB, the more usual, none is right
    EXPECT_EQ(found->tried->preprocess.interpolation, Interpolation::kBilinear);  // more usual than area
    EXPECT_EQ(Top1(found->scores()), 1);
  }
}

/// Pictures of one colour but for one column in thirteen, just where a filter of two pixels looks, which is of the next
/// colour: a fence. The DNN names the strongest colour of RGB in 0..1.
TEST(FindReading, AFilterThatIsTooNarrowIsNotTakenForOtherLabels) {
  constexpr int kFactor = 13;
  constexpr int kWidth = kInputSide * kFactor;
  std::vector<LabelledImage> images;
  for (int i = 0; i < 12; ++i) {
    std::string pixels;
    for (int p = 0; p < kWidth * kWidth; ++p) {
      const int colour = p % kWidth % kFactor == kFactor / 2 ? (i + 1) % 3 : i % 3;
      for (int c = 0; c < 3; ++c) pixels += static_cast<char>(c == colour ? 120 + i : 0);
    }
    const std::string file = testing::TempDir() + "fence_" + std::to_string(i) + ".ppm";
    std::ofstream(file, std::ios::binary) << "P6\n" << kWidth << " " << kWidth << "\n255\n" << pixels;
    images.push_back({std::to_string(i), file, i % 3, "", 1, ""});
  }
  FakeBackend backend;
  backend.Add("dnn", FakeBackend::Describe("input", 3, kInputSide, "output", 3),
              [](std::span<const std::byte> input, int, std::vector<float>& output) {
                const auto* values = reinterpret_cast<const float*>(input.data());
                output.clear();
                for (std::size_t c = 0; c < 3; ++c) output.push_back(30 * values[c * kInputSide * kInputSide + 100]);
                return Status();
              });
  Card card;
  card.input_name = "input";
  card.output_name = "output";
  card.preprocess.height = card.preprocess.width = kInputSide;
  card.preprocess.std = {255, 255, 255};
  card.preprocess.fit = Fit::kSquash;
  auto runner = CandidateRunner::Over(backend.Open("dnn", {}).value(), "dnn", card, kAnyOutputs);
  Samples samples = Samples::Draw(images, 12, 1, {}).value();
  Trial trial = Trial::Start(std::move(runner.value()), kLabels, kLabels, samples).value();
  SearchOptions options;
  options.misread = true;
  const FoundReading found = FindReading(trial, {card.preprocess}, false, options).value();
  EXPECT_TRUE(found.tried->preprocess.antialias || found.tried->preprocess.interpolation == Interpolation::kArea);
  EXPECT_EQ(found.map, 0U);
  EXPECT_EQ(Top1(found.scores()), 1);
}

TEST(Compare, PairsImages) {
  const std::vector<Score> one{{-1, true, 0}, {-2, false, 1}};
  const std::vector<Score> other{{-2, false, 1}, {-2, false, 1}};
  const Comparison better = Compare(one, other);
  EXPECT_DOUBLE_EQ(better.log_prob, 0.5);
  EXPECT_DOUBLE_EQ(better.top1, 0.5);
  EXPECT_GT(better.top1_error, 0);
}

TEST(Compare, OneImageTellsNothingOfChance) {
  const std::vector<Score> one{{-1, true, 0}};
  const std::vector<Score> other{{-2, false, 1}};
  EXPECT_FALSE(ClearlyBetter(Compare(one, other)));
  EXPECT_DOUBLE_EQ(Compare(one, other).top1, 1);
}

}  // namespace
}  // namespace amsel
