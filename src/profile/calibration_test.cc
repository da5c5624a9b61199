// Candidates that were made from others, and the images that they were calibrated on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_world.h"

namespace amsel {
namespace {

TEST(DerivedCandidates, AreThoseWhoseCardsSaySoAndAllViews) {
  FakeWorld world("calibration_derived", 8);
  world.SayDerived("bright", "general", {});
  ProfileOptions options = world.Options();
  options.views = {"identity", "hflip"};
  ASSERT_TRUE(world.Profile("p.db", options).ok());
  const ProfileTable table = ProfileTable::Load(world.Path("p.db")).value();
  std::map<std::string, std::string> from;
  for (const OutcomeCandidate& candidate : table.candidates) {
    from[candidate.name] = candidate.derived_from;
    EXPECT_EQ(candidate.derived, !candidate.derived_from.empty()) << candidate.name;
  }
  EXPECT_EQ(from, (std::map<std::string, std::string>{{"bright", "general"},
                                                      {"dark", ""},
                                                      {"general", ""},
                                                      {"bright@hflip", "bright"},
                                                      {"dark@hflip", "dark"},
                                                      {"general@hflip", "general"}}));
}

}  // namespace
}  // namespace amsel
