#include "evaluate/contender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::ElementsAre;

std::vector<Contender> Named(const std::vector<std::string>& points) {
  std::vector<Contender> contenders;
  for (const char* name : {"balanced", "large"}) contenders.push_back({.row = {.name = name, .kind = "single"}});
  for (const std::string& point : points) {
    contenders.push_back({.row = {.name = "staged " + point, .kind = "staged", .operating_point = point}});
  }
  return contenders;
}

TEST(HeadlineAmong, IsTheBalancedPointElseThePolicysFirst) {
  EXPECT_EQ(HeadlineAmong(Named({"fast", "accurate", "balanced"})), 4U);
  EXPECT_EQ(HeadlineAmong(Named({"balanced", "fast"})), 2U);
  EXPECT_EQ(HeadlineAmong(Named({"fast", "accurate"})), 2U);  // a candidate of that name is no point
  EXPECT_EQ(HeadlineAmong(Named({"default"})), 2U);
  EXPECT_EQ(HeadlineAmong(Named({})), 0U) << "all points are numbered";
}

TEST(ContendersOf, AreTheSinglesAndThenThePolicyAtItsNamedPoints) {
  const TwoCandidates world("contenders");
  const Bundle bundle = Bundle::Open(world.path()).value();
  const std::vector<Contender> contenders = ContendersOf(bundle, 2);
  std::vector<std::string> names;
  for (const Contender& contender : contenders) names.push_back(contender.row.name);
  EXPECT_THAT(names, ElementsAre("small", "large", "p-right fast", "p-right accurate"));
  EXPECT_TRUE(contenders[0].answers.empty());
  EXPECT_EQ(contenders[3].answers.size(), 2U);
}

}  // namespace
}  // namespace amsel
