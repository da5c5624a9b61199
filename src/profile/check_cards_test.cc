#include "profile/check_cards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

std::vector<CardCheck> Check(FakeWorld& world) {
  const Zoo zoo = LoadZoo(world.Path("zoo"), {"", true}).value();
  return CheckCards(zoo, world.images, world.backend, {}).value();
}

TEST(CheckCards, FindsNothingInTrueCards) {
  FakeWorld world("check_true");
  for (const CardCheck& check : Check(world)) EXPECT_TRUE(check.findings.empty()) << check.candidate;
}

TEST(CheckCards, FindsAScaleOfZeroToOne) {
  FakeWorld world("check_scale");
  Rewrite(world, "general", [](Json& card) { card["preprocess"]["std"] = {1 / 255.0, 1 / 255.0, 1 / 255.0}; });
  for (const CardCheck& check : Check(world)) {
    EXPECT_EQ(check.findings.size(), check.candidate == "general" ? 1U : 0U) << check.candidate;
    for (const CardFinding& finding : check.findings) EXPECT_EQ(finding.field, "preprocess.mean and preprocess.std");
  }
}

TEST(CheckCards, FindsLabelsThatAreShifted) {
  FakeWorld world("check_labels");
  ASSERT_TRUE(WriteFile(world.Path("zoo/shifted.txt"), "b\nc\nd\na\n").ok());
  Rewrite(world, "general", [](Json& card) { card["labels"] = "../shifted.txt"; });
  for (const CardCheck& check : Check(world)) {
    EXPECT_EQ(check.findings.size(), check.candidate == "general" ? 1U : 0U) << check.candidate;
    for (const CardFinding& finding : check.findings)
      EXPECT_EQ(finding.field, "output.skip_leading_classes and labels");
  }
}

TEST(CheckCards, FindsAClassSkippedTooMany) {
  FakeWorld world("check_skip");
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
  FakeWorld world("check_count", 40);
  Give(world, {-1, FakeWorld::kClasses, 1, 1}, [](int shown) {
    std::vector<float> logits(FakeWorld::kClasses);
    logits[static_cast<std::size_t>(shown)] = 1;
    return logits;
  });
  EXPECT_EQ(Check(world)[2].top1, 1);
  EXPECT_TRUE(world.Profile("profile.db", world.Options()).ok());
  Give(world, {-1, 1}, [](int shown) { return std::vector<float>{static_cast<float>(shown)}; });
  const Result<std::vector<CardCheck>> checks = CheckCards(world.LoadedZoo(), world.images, world.backend, {});
  const Result<ProfileSummary> profiled = world.Profile("other.db", world.Options());
  ASSERT_FALSE(checks.ok() || profiled.ok());
  EXPECT_EQ(checks.error().message, profiled.error().message);
  EXPECT_THAT(checks.error().message, testing::HasSubstr("has 1 value, but there are 4 labels"));
}

TEST(CheckCards, OneValueStandsForTwoLabels) {
  for (const char* kind : {"sigmoid", "logits"}) {
    FakeWorld world("check_one", 40);
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

}  // namespace
}  // namespace amsel
