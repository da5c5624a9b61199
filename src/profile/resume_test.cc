#include "profile/resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(ResumedProfile, WhatIsRecordedOfAnImageIsNotThrownAwayWhenItsFileIsGone) {
  FakeWorld world("profiler_gone", 60);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  std::filesystem::remove(world.images[7].reference);
  ProfileOptions options = world.Options();
  options.resume = true;
  options.views.views = {{View::Kind::kHflip}};
  const auto summary = world.Profile("p.db", options);
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.error().message, HasSubstr("7.pgm: was profiled before and cannot be used now"));
}

TEST(ResumedProfile, ImagesThatChangedAreNamedAndNeverMixed) {
  FakeWorld world("profiler_changed", 60);
  ASSERT_TRUE(world.Profile("p.db", world.Options()).ok());
  for (const int changed : {3, 5, 7, 9, 11}) {
    std::filesystem::copy_file(world.images[0].reference, world.images[changed].reference,
                               std::filesystem::copy_options::overwrite_existing);
  }
  ProfileOptions options = world.Options();
  options.resume = true;
  EXPECT_TRUE(world.Profile("p.db", options).ok());  // nothing is missing: nothing is read
  options.views.views = {{View::Kind::kHflip}};
  const auto summary = world.Profile("p.db", options);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(summary.error().message, HasSubstr("3.pgm, 5.pgm, 7.pgm and at least 2 more"));
}

}  // namespace
}  // namespace amsel
