// Candidates that were made from others, and the images that they were calibrated on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "profile/calibration.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

TEST(DerivedCandidates, AreThoseWhoseCardsSaySoAndAllViews) {
  FakeWorld world("calibration_derived", 8);
  world.SayDerived("bright", "general", {});
  ProfileOptions options = world.Options();
  options.views.views = {{View::Kind::kHflip}};
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

/// Images 3 and 5 calibrated `bright`.
class Calibrated : public testing::Test {
 protected:
  Calibrated()
      : world_(std::string("calibration_") + testing::UnitTest::GetInstance()->current_test_info()->name(), 12) {
    world_.SayDerived("bright", "general", {3, 5});
  }

  Result<ProfileTable> Table() {
    std::filesystem::remove(world_.Path("p.db"));
    const auto profiled = world_.Profile("p.db", world_.Options());
    EXPECT_TRUE(profiled.ok());
    return ProfileTable::Load(world_.Path("p.db"));
  }

  static std::vector<std::size_t> FitOnly(const ProfileTable& table) {
    std::vector<std::size_t> fit;
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      if (table.images[i].fit_only) fit.push_back(i);
      EXPECT_EQ(table.images[i].split == "fit", table.images[i].fit_only) << i;
    }
    return fit;
  }

  FakeWorld world_;
};

TEST_F(Calibrated, ImagesAreOfSplitFitWhateverPathTheyCameUnder) {
  std::filesystem::copy_file(world_.images[5].reference, world_.Path("copy.pgm"));
  world_.images[5] = {"another name", world_.Path("copy.pgm"), world_.images[5].label, "", 1, ""};
  const ProfileTable table = Table().value();
  EXPECT_THAT(FitOnly(table), testing::ElementsAre(3, 5));
  EXPECT_THAT(JudgedRows(table), testing::ElementsAre(0, 1, 2, 4, 6, 7, 8, 9, 10, 11));
  EXPECT_THAT(FitRows(table), testing::ElementsAre(3, 5));
  const LearningRows rows = ForLearning(table, std::vector<std::size_t>{2, 3, 4});
  EXPECT_THAT(rows.choose, testing::ElementsAre(2, 4));
  EXPECT_THAT(rows.fit, testing::ElementsAre(3));
}

TEST_F(Calibrated, ImagesTakeTheirGroupsWithThem) {
  world_.images[3].group = world_.images[8].group = "burst";
  world_.images[8].split = "test";  // a judge that has seen the picture
  EXPECT_THAT(FitOnly(Table().value()), testing::ElementsAre(3, 5, 8));
}

TEST_F(Calibrated, AnotherSplitInTheListIsNamed) {
  for (const char* split : {"test", "certify", "select"}) {
    world_.images[5].split = split;
    const std::string expected = std::string("5.pgm: split `") + split +
                                 "`: expected fit or nothing, since candidate bright was calibrated on this image";
    const Status before = CheckCalibration(world_.LoadedZoo(), world_.images, "images.csv");
    ASSERT_FALSE(before.ok());
    EXPECT_EQ(before.error().message, "images.csv: " + expected);
    EXPECT_EQ(Table().error().message, world_.Path("p.db") + ": " + expected);
  }
  world_.images[5].split = "fit";
  EXPECT_TRUE(CheckCalibration(world_.LoadedZoo(), world_.images, "images.csv").ok());
  EXPECT_THAT(FitOnly(Table().value()), testing::ElementsAre(3, 5));
}

TEST_F(Calibrated, ImagesOfACandidateThatCameLaterAreMarkedToo) {
  ASSERT_TRUE(world_.Profile("p.db", world_.Options()).ok());
  world_.SayDerived("dark", "general", {7});
  ProfileOptions resume = world_.Options();
  resume.resume = true;
  ASSERT_TRUE(world_.Profile("p.db", resume).ok());
  EXPECT_THAT(FitOnly(ProfileTable::Load(world_.Path("p.db")).value()), testing::ElementsAre(3, 5, 7));
}

}  // namespace
}  // namespace amsel
