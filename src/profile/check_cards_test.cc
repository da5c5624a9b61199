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

}  // namespace
}  // namespace amsel
