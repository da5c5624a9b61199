#include "describe/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/fake_world.h"

namespace amsel {
namespace {

/// The card of `name`, as `change` left it.
void Rewrite(const FakeWorld& world, const std::string& name, const std::function<void(Json&)>& change) {
  const std::string file = world.Path("zoo/" + name + "/card.json");
  Json card = Json::parse(ReadFile(file).value());
  change(card);
  ASSERT_TRUE(WriteFile(file, card.dump()).ok());
}

/// A world whose candidates are right wherever they see the pixel that tells the class.
class SureWorld : public FakeWorld {
 public:
  explicit SureWorld(const std::string& name, int image_count = 200) : FakeWorld(name, image_count) {
    for (const char* candidate : {"bright", "dark", "general"}) {
      AddCandidate(candidate, 1, [](int, int) { return true; });
    }
  }
};

std::vector<CardCheck> Check(FakeWorld& world) {
  const Zoo zoo = LoadZoo(world.Path("zoo"), {"", true}).value();
  return CheckCards(zoo, world.images, world.backend, {}).value();
}

TEST(CheckCards, FindsNothingInTrueCards) {
  SureWorld world("check_true");
  for (const CardCheck& check : Check(world)) EXPECT_TRUE(check.findings.empty()) << check.candidate;
}

TEST(CheckCards, FindsAScaleOfZeroToOne) {
  SureWorld world("check_scale");
  Rewrite(world, "general", [](Json& card) { card["preprocess"]["std"] = {1 / 255.0, 1 / 255.0, 1 / 255.0}; });
  for (const CardCheck& check : Check(world)) {
    EXPECT_EQ(check.findings.size(), check.candidate == "general" ? 1U : 0U) << check.candidate;
    for (const CardFinding& finding : check.findings) EXPECT_EQ(finding.field, "preprocess.mean and preprocess.std");
  }
}

TEST(CheckCards, FindsLabelsThatAreShifted) {
  SureWorld world("check_labels");
  ASSERT_TRUE(WriteFile(world.Path("zoo/shifted.txt"), "b\nc\nd\na\n").ok());
  Rewrite(world, "general", [](Json& card) { card["labels"] = "../shifted.txt"; });
  for (const CardCheck& check : Check(world)) {
    EXPECT_EQ(check.findings.size(), check.candidate == "general" ? 1U : 0U) << check.candidate;
    for (const CardFinding& finding : check.findings)
      EXPECT_EQ(finding.field, "output.skip_leading_classes and labels");
  }
}

TEST(CheckCards, FindsAClassSkippedTooMany) {
  SureWorld world("check_skip");
  Rewrite(world, "general", [](Json& card) { card["output"]["skip_leading_classes"] = 1; });
  const std::vector<CardCheck> checks = Check(world);
  ASSERT_EQ(checks[2].candidate, "general");
  ASSERT_FALSE(checks[2].findings.empty());
  EXPECT_THAT(checks[2].findings[0].advice, testing::HasSubstr("one class less to skip"));
}

/// The candidate `general` gives `values` for the class (0 to 3) that the image shows, in an output of that shape.
void Give(FakeWorld& world, std::vector<std::int64_t> shape, const std::function<std::vector<float>(int)>& values) {
  SessionInfo info = FakeBackend::Describe("input", 3, FakeWorld::kSide, "logits", FakeWorld::kClasses);
  info.outputs[0].shape = std::move(shape);
  world.backend.Add("general", info, [values](std::span<const std::byte> input, int, std::vector<float>& output) {
    const auto* pixels = reinterpret_cast<const float*>(input.data());
    output = values(std::clamp(static_cast<int>(pixels[0]) / 50, 0, FakeWorld::kClasses - 1));
    return Status();
  });
}

TEST(CheckCards, CountsOutputsAsProfilingDoes) {
  SureWorld world("check_count", 40);
  Give(world, {-1, FakeWorld::kClasses, 1, 1}, [](int shown) {
    std::vector<float> logits(FakeWorld::kClasses);
    logits[static_cast<std::size_t>(shown)] = 1;
    return logits;
  });
  EXPECT_EQ(Check(world)[2].top1, 1);
  EXPECT_TRUE(world.Profile("profile.db", world.Options()).ok());
  Give(world, {-1, 1}, [](int shown) { return std::vector<float>{static_cast<float>(shown)}; });
  const std::vector<CardCheck> checks = Check(world);
  const Result<ProfileSummary> profiled = world.Profile("other.db", world.Options());
  ASSERT_FALSE(profiled.ok());
  ASSERT_EQ(checks[2].faults.size(), 1U);
  EXPECT_EQ(checks[2].faults[0], profiled.error().message);
  EXPECT_THAT(checks[2].faults[0], testing::HasSubstr("has 1 value, but there are 4 labels"));
}

TEST(CheckCards, OneValueStandsForTwoLabels) {
  for (const char* kind : {"sigmoid", "logits"}) {
    SureWorld world("check_one", 40);
    ASSERT_TRUE(WriteFile(world.Path("zoo/labels.txt"), "even\nodd\n").ok());
    for (LabelledImage& image : world.images) image.label %= 2;
    Rewrite(world, "general", [&](Json& card) { card["output"]["kind"] = kind; });
    const float half = std::string(kind) == "sigmoid" ? 0.5F : 0;
    Give(world, {-1, 1}, [half](int shown) { return std::vector<float>{half + (shown % 2 == 1 ? 0.1F : -0.1F)}; });
    const std::vector<CardCheck> checks = Check(world);
    EXPECT_EQ(checks[2].top1, 1) << kind;
    EXPECT_TRUE(checks[2].findings.empty()) << kind;
  }
}

TEST(CheckCards, KindsThatDoNotFitTheNumberOfOutputsAreNamed) {
  SureWorld world("check_one_kind", 40);
  Rewrite(world, "general", [](Json& card) { card["output"]["kind"] = "sigmoid"; });
  EXPECT_THAT(Check(world)[2].faults.at(0), testing::HasSubstr("\"sigmoid\" is for two labels, but there are 4"));
  ASSERT_TRUE(WriteFile(world.Path("zoo/labels.txt"), "even\nodd\n").ok());
  for (LabelledImage& image : world.images) image.label %= 2;
  Rewrite(world, "general", [](Json& card) { card["output"]["kind"] = "probabilities"; });
  Give(world, {-1, 1}, [](int shown) { return std::vector<float>{shown % 2 == 1 ? 0.9F : 0.2F}; });
  const CardCheck one = Check(world)[2];
  ASSERT_EQ(one.findings.size(), 1U);
  EXPECT_EQ(one.corrected.output_kind, OutputKind::kSigmoid);
  Rewrite(world, "general", [](Json& card) { card["output"]["kind"] = "sigmoid"; });
  Give(world, {-1, 2},
       [](int shown) { return shown % 2 == 1 ? std::vector<float>{0.1F, 0.9F} : std::vector<float>{0.75F, 0.25F}; });
  const CardCheck two = Check(world)[2];
  ASSERT_EQ(two.findings.size(), 1U);
  EXPECT_EQ(two.corrected.output_kind, OutputKind::kProbabilities);
}

/// What `general` answers where it always gives these values.
void Answer(FakeWorld& world, const std::function<std::vector<float>(int shown)>& values) {
  Give(world, {-1, FakeWorld::kClasses}, values);
}

std::vector<float> OneHot(int shown, float high, float low) {
  std::vector<float> values(FakeWorld::kClasses, low);
  values[static_cast<std::size_t>(shown)] = high;
  return values;
}

TEST(CheckCards, NamesOutputsOfTheOtherKind) {
  SureWorld world("check_kind", 40);
  Answer(world, [](int shown) { return OneHot(shown, 0.7F, 0.1F); });
  const CardCheck probabilities = Check(world)[2];
  ASSERT_EQ(probabilities.findings.size(), 1U);
  EXPECT_EQ(probabilities.findings[0].field, "output.kind");
  EXPECT_EQ(probabilities.corrected.output_kind, OutputKind::kProbabilities);
  Rewrite(world, "general", [](Json& card) { card["output"]["kind"] = "probabilities"; });
  EXPECT_TRUE(Check(world)[2].findings.empty());
  Answer(world, [](int shown) { return OneHot(shown, 4, -1); });
  EXPECT_EQ(Check(world)[2].corrected.output_kind, OutputKind::kLogits);
  Answer(world, [](int shown) { return OneHot(shown, std::log(0.7F), std::log(0.1F)); });
  EXPECT_THAT(Check(world)[2].findings[0].advice, testing::HasSubstr("logarithms of probabilities"));
}

TEST(CheckCards, NamesNaNConstantAnswersAndAnswersAtChance) {
  SureWorld world("check_faults", 40);
  Answer(world, [](int shown) { return OneHot(shown, shown == 2 ? NAN : 3.0F, 0); });
  EXPECT_THAT(Check(world)[2].faults[0], testing::HasSubstr("on 10 of 40 images, first on "));
  Answer(world, [](int) { return OneHot(1, 3, 0); });
  EXPECT_THAT(Check(world)[2].faults[0], testing::HasSubstr("the same to every image"));
  world.backend.concurrent = false;  // so that turns come in order
  int turn = 0;
  Answer(world, [&](int) { return OneHot(++turn / 3 % 4, 3, 0); });
  EXPECT_THAT(Check(world)[2].faults[0], testing::HasSubstr("no better than chance"));
}

/// The class of image `b` of a batch.
int Shown(std::span<const std::byte> input, int b) {
  const auto* pixels = reinterpret_cast<const float*>(input.data()) + b * 3 * FakeWorld::kSide * FakeWorld::kSide;
  return std::clamp(static_cast<int>(pixels[0]) / 50, 0, FakeWorld::kClasses - 1);
}

TEST(CheckCards, RunsThatFailAreNoAnswersThatAreNoNumbers) {
  SureWorld world("check_failures", 40);
  SessionInfo info = FakeBackend::Describe("input", 3, FakeWorld::kSide, "logits", FakeWorld::kClasses);
  const auto give = [&](int fails_on, int no_number_on) {
    world.backend.Add("general", info, [=](std::span<const std::byte> input, int batch, std::vector<float>& output) {
      output.clear();
      for (int b = 0; b < batch; ++b) {
        const int shown = Shown(input, b);
        if (shown == fails_on) return Status(RuntimeFailure("the device is on fire"));
        const std::vector<float> values = OneHot(shown, shown == no_number_on ? NAN : 3.0F, 0);
        output.insert(output.end(), values.begin(), values.end());
      }
      return Status();
    });
  };
  // Of which class is the image that a fault names as the first?
  const auto names_class = [&](const std::string& fault, int shown) {
    for (const LabelledImage& image : world.images) {
      if (fault.find("first on " + image.key) != std::string::npos) return image.label == shown;
    }
    return false;
  };
  give(1, 2);
  const std::vector<std::string> both = Check(world)[2].faults;
  ASSERT_EQ(both.size(), 2U);
  EXPECT_THAT(both[0], testing::HasSubstr("fails on 10 of 40 images, first on "));
  EXPECT_THAT(both[0], testing::EndsWith(": the device is on fire"));
  EXPECT_TRUE(names_class(both[0], 1)) << both[0];
  EXPECT_THAT(both[1], testing::HasSubstr("no numbers (NaN or infinite) on 10 of 40 images, first on "));
  EXPECT_TRUE(names_class(both[1], 2)) << both[1];
  give(3, -1);
  EXPECT_THAT(Check(world)[2].faults, testing::ElementsAre(testing::HasSubstr("fails on 10 of 40 images")));
}

TEST(CheckCards, NamesBatchesThatAreAnsweredOtherwise) {
  SureWorld world("check_batch", 40);
  SessionInfo info = FakeBackend::Describe("input", 3, FakeWorld::kSide, "logits", FakeWorld::kClasses);
  const auto give = [&](float in_batches) {
    world.backend.Add("general", info, [=](std::span<const std::byte> input, int batch, std::vector<float>& output) {
      output.clear();
      for (int b = 0; b < batch; ++b) {
        const std::vector<float> values = OneHot(Shown(input, b), batch > 1 ? in_batches : 3.0F, 0);
        output.insert(output.end(), values.begin(), values.end());
      }
      return Status();
    });
  };
  give(3);
  EXPECT_TRUE(Check(world)[2].clean());
  give(1);
  EXPECT_THAT(Check(world)[2].faults[0], testing::HasSubstr("in one batch unlike the two alone"));
}

TEST(CheckCards, WhatDoesNotFitItsDnnKeepsNobodyElseFromBeingChecked) {
  SureWorld world("check_all", 40);
  Rewrite(world, "bright", [](Json& card) { card["input"]["name"] = "other"; });
  Rewrite(world, "dark", [](Json& card) { card["input"]["dtype"] = "float16"; });
  const std::vector<CardCheck> checks = Check(world);
  EXPECT_THAT(checks[0].faults[0], testing::HasSubstr("has no input `other`"));
  EXPECT_THAT(checks[1].faults[0], testing::HasSubstr("input.dtype"));
  EXPECT_GT(checks[2].images, 0);
}

TEST(FixCard, CorrectsTheCardAndKeepsTheOldOneAndWhatItDoesNotKnow) {
  SureWorld world("check_fix");
  Rewrite(world, "general", [](Json& card) {
    card["preprocess"]["std"] = {1 / 255.0, 1 / 255.0, 1 / 255.0};
    card["note"] = "mine";
    card["assumed"] = {"preprocess.fit"};
  });
  const std::string before = ReadFile(world.Path("zoo/general/card.json")).value();
  const Zoo zoo = LoadZoo(world.Path("zoo"), {"", true}).value();
  const auto checks = CheckCards(zoo, world.images, world.backend, {}).value();
  ASSERT_TRUE(FixCard(zoo.entries[2], checks[2]).ok());
  EXPECT_TRUE(Check(world)[2].findings.empty());
  EXPECT_EQ(ReadFile(world.Path("zoo/general/card.json.old")).value(), before);
  const Json card = Json::parse(ReadFile(world.Path("zoo/general/card.json")).value());
  EXPECT_EQ(card["note"], "mine");
  EXPECT_FALSE(card.contains("assumed"));
  ASSERT_TRUE(FixCard(zoo.entries[2], checks[2]).ok());  // again
  EXPECT_EQ(ReadFile(world.Path("zoo/general/card.json.old")).value(), before);
}

TEST(FixCard, WritesLabelsInTheDnnsOrder) {
  SureWorld world("check_fix_labels");
  ASSERT_TRUE(WriteFile(world.Path("zoo/shifted.txt"), "b\nc\nd\na\n").ok());
  Rewrite(world, "general", [](Json& card) { card["labels"] = "../shifted.txt"; });
  const Zoo zoo = LoadZoo(world.Path("zoo"), {"", true}).value();
  const auto checks = CheckCards(zoo, world.images, world.backend, {}).value();
  ASSERT_TRUE(FixCard(zoo.entries[2], checks[2]).ok());
  EXPECT_TRUE(LoadZoo(world.Path("zoo")).ok());
}

}  // namespace
}  // namespace amsel
