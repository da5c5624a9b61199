#include "study/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Quick, with a policy of each kind.
StudyOptions Options() {
  StudyOptions options;
  options.evaluate.policies = {"p-right", "chain", "staged", "multiclass:tree"};
  options.evaluate.folds = 4;
  options.evaluate.adapted = false;
  options.curve_images = 200;
  options.curve_folds = 2;
  return options;
}

const Json& FigureOf(const Json& results, const std::string& id) {
  for (const Json& section : results["study"]["sections"]) {
    for (const Json& figure : section["figures"]) {
      if (figure["id"] == id) return figure;
    }
  }
  throw std::runtime_error("no figure " + id);
}

/// The row of a table that begins with `name`.
const Json& LineOf(const Json& figure, const std::string& name) {
  for (const Json& row : figure["data"]["rows"]) {
    if (row[0] == name) return row;
  }
  throw std::runtime_error("no line " + name);
}

/// One study of a world where brightness tells which of two cheap candidates is right, for all tests.
class StudyOfAPlantedWorld : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    FakeWorld world("study");
    reports = new std::vector<std::pair<std::string, std::size_t>>();
    StudyOptions options = Options();
    options.progress = [](const std::string& part, std::size_t done, std::size_t) {
      reports->emplace_back(part, done);
    };
    results = new Json(Study(world.Table(), options, world.clock).value());
  }
  static void TearDownTestSuite() {
    delete results;
    delete reports;
  }

  static inline Json* results = nullptr;
  static inline std::vector<std::pair<std::string, std::size_t>>* reports = nullptr;
};

TEST_F(StudyOfAPlantedWorld, IsAnEvaluationWithSections) {
  EXPECT_EQ((*results)["schema"], "amsel.evaluation/1");
  EXPECT_EQ((*results)["headline"]["policy"], "p-right");
  std::set<std::string> ids;
  for (const Json& section : (*results)["study"]["sections"]) {
    EXPECT_FALSE(section["figures"].empty()) << section["id"];
    for (const Json& figure : section["figures"]) EXPECT_TRUE(ids.insert(figure["id"]).second) << figure["id"];
  }
  for (const char* id :
       {"policy-gains", "choices", "portfolio-steps", "portfolio-coverage", "sensitivity-k", "sensitivity-gates",
        "sensitivity-portfolio", "sensitivity-training", "sensitivity-top", "feature-correlation", "feature-importance",
        "feature-count", "overhead", "reliability", "confusion-1", "classes"}) {
    EXPECT_TRUE(ids.contains(id)) << id;
  }
}

TEST_F(StudyOfAPlantedWorld, TracesThePortfolioToTheLastCandidateAndMarksWhereItEnds) {
  const Json& rows = FigureOf(*results, "portfolio-steps")["data"]["rows"];
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1][2], 1.0);  // the two cheap candidates cover all
  EXPECT_THAT((std::vector<std::string>{rows[0][6], rows[1][6], rows[2][6]}), ElementsAre("kept", "kept", "left out"));
  EXPECT_EQ(rows[2][0], "general");
}

TEST_F(StudyOfAPlantedWorld, JudgesChoicesByTheCheapestRightCandidate) {
  const Json& line = LineOf(FigureOf(*results, "choices"), "p-right");
  EXPECT_GT(line[1], 0.97);  // it chooses the cheap expert
  EXPECT_GT(line[4], 0.97);
  const Json& confusion = FigureOf(*results, "confusion-1")["data"];
  EXPECT_THAT(confusion["rows"], SizeIs(4));
  EXPECT_EQ(confusion["rows"].back(), "none is right");
  double share = 0;
  for (const Json& row : confusion["values"]) {
    for (const Json& value : row) share += value.get<double>();
  }
  EXPECT_NEAR(share, 1, 1e-9);
}

TEST_F(StudyOfAPlantedWorld, GainsOfPoliciesStandBesideThoseOverTheirNulls) {
  const Json& data = FigureOf(*results, "policy-gains")["data"];
  EXPECT_EQ(data["categories"][0], "p-right");
  EXPECT_GT(data["series"][0]["values"][0], 20);
  EXPECT_GT(data["series"][1]["ci95"][0][0], 30);  // the two experts at random are right on half of the images
}

TEST_F(StudyOfAPlantedWorld, CurvesBeginWhereThereIsNothingToChoose) {
  const Json& points = FigureOf(*results, "sensitivity-portfolio")["data"]["series"][0]["points"];
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_GT(points[1][1].get<double>(), points[0][1].get<double>() + 10);
  const Json& features = FigureOf(*results, "feature-count")["data"]["series"][0]["points"];
  EXPECT_EQ(features[0][0], 0);
  EXPECT_GT(features[1][1].get<double>(), features[0][1].get<double>() + 0.1);  // brightness tells all there is
}

TEST_F(StudyOfAPlantedWorld, CountsEachPartOfTheTimeOnce) {
  const Json& line = LineOf(FigureOf(*results, "overhead-table"), "chain");
  EXPECT_NEAR(line[1].get<double>() + line[2].get<double>() / 1000 + line[3].get<double>() + line[4].get<double>(),
              line[5].get<double>(), 1e-9);
  for (const Json& row : (*results)["rows"]) {
    if (row["name"] != "chain") continue;
    EXPECT_NEAR(row["latency_ms"]["mean"], line[5], 1e-6);
  }
}

TEST_F(StudyOfAPlantedWorld, TellsOfItsProgress) {
  std::set<std::string> parts;
  for (const auto& [part, done] : *reports) parts.insert(part);
  EXPECT_THAT(parts, ElementsAre("features", "figures", "policies", "resample", "sensitivity"));
}

TEST(StudiedPolicies, HasTheTwentySevenMixesOfGatesOnDemand) {
  const auto chains = [](bool all) {
    const std::vector<std::string> names = StudiedPolicies(all, false);
    return std::count_if(names.begin(), names.end(), [](const auto& name) { return name.starts_with("chain:"); });
  };
  EXPECT_EQ(chains(false), 3);
  EXPECT_EQ(chains(true), 27);
}

TEST(StudiedPolicies, HasPremodelsThatReadAFeatureDnnWhereThereIsOne) {
  EXPECT_THAT(StudiedPolicies(false, false), testing::Each(testing::Not(HasSubstr("@"))));
  for (const char* name : {"multiclass:logistic@dnn", "p-right@dnn"}) {
    EXPECT_THAT(StudiedPolicies(false, true), testing::Contains(name));
  }
}

TEST(Study, ReadsFeaturesOfADnnAndRefusesThemWhereThereAreNone) {
  FakeWorld world("study_feature_dnn", 120);
  StudyOptions options = Options();
  options.evaluate.policies = {"p-right@dnn", "p-right"};
  const auto without = Study(world.Table(), options, world.clock);
  ASSERT_FALSE(without.ok());
  EXPECT_THAT(without.error().message, HasSubstr("--feature-dnn"));
  ProfileOptions profile = world.Options();
  profile.feature_dnn = world.AddFeatureDnn();
  ASSERT_TRUE(world.Profile("p.db", profile).ok());
  const Json results = Study(ProfileTable::Load(world.Path("p.db")).value(), options, world.clock).value();
  EXPECT_EQ(results["headline"]["policy"], "p-right@dnn");
  const Json& columns = FigureOf(results, "feature-correlation")["data"]["columns"];
  EXPECT_THAT(columns.get<std::vector<std::string>>(), testing::Contains("dnn.1"));
}

TEST(Study, ShowsTheWorstCasesWithTheirPicturesUnlessToldNotTo) {
  FakeWorld world("study_worst", 100);
  const ProfileTable table = world.Table();
  StudyOptions options = Options();
  options.evaluate.policies = {"single"};  // wrong on three of ten, where another candidate is right
  const Json results = Study(table, options, world.clock).value();
  const Json& pictures = FigureOf(results, "worst-pictures-1")["data"]["pictures"];
  const Json& lines = FigureOf(results, "worst-1")["data"]["rows"];
  ASSERT_THAT(pictures, SizeIs(12));
  for (std::size_t w = 0; w < pictures.size(); ++w) {
    EXPECT_THAT(pictures[w]["src"].get<std::string>(), testing::StartsWith("data:image/png;base64,iVBORw0KGgo"));
    EXPECT_THAT(pictures[w]["caption"].get<std::string>(), HasSubstr("1 of 3 candidates right"));
    EXPECT_EQ(pictures[w]["alt"], lines[w][0]);
    EXPECT_NE(lines[w][1], lines[w][2]);  // truth and answer
  }
  options.pictures = false;
  EXPECT_THROW(FigureOf(Study(table, options, world.clock).value(), "worst-pictures-1"), std::runtime_error);
}

TEST(Study, RefusesWhatNothingCanBeLearnedFrom) {
  FakeWorld world("study_few", 20);
  StudyOptions options = Options();
  options.evaluate.folds = 30;
  const Result<Json> refused = Study(world.Table(), options, world.clock);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("fewer than the 30 folds"));
}

}  // namespace
}  // namespace amsel
