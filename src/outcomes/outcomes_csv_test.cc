#include "outcomes/outcomes_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Fault(const std::string& text) {
  const auto table = ParseOutcomesCsv(text, "t.csv");
  return table.ok() ? "no fault" : table.error().message;
}

std::vector<double> UtilitiesOf(const Outcomes& table, std::size_t c) {
  std::vector<double> utilities;
  for (std::size_t i = 0; i < table.image_count(); ++i) utilities.push_back(table.UtilityOf(c, i));
  return utilities;
}

TEST(ParseOutcomesCsv, ReadsARowAnImage) {
  const auto table = ParseOutcomesCsv(
      "id,group,weight,a:correct,a:ms,b:correct,b:ms,b:confidence\n"
      "x,g,2,1,1.5,0.25,4,0.9\n"
      "y,g,,0,2.5,1,6,0.1\n"
      "z,,0,0,3.5,1,5,1\n",
      "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ(table->candidate_count(), 2);
  EXPECT_EQ(table->candidates[0].name, "a");
  EXPECT_THAT(UtilitiesOf(*table, 0), ElementsAre(1, 0, 0));
  EXPECT_THAT(UtilitiesOf(*table, 1), ElementsAre(0.25, 1, 1));
  EXPECT_FALSE(table->Right(1, 0));
  EXPECT_TRUE(table->Right(1, 1));
  EXPECT_DOUBLE_EQ(table->MeanCostMs(0), 2.5);
  EXPECT_EQ(table->PathMs(std::vector<std::size_t>{0, 1}, 0), 5.5);
  EXPECT_FALSE(table->HasOutputs());
  EXPECT_THAT(table->ConfidencesOf(0, AllRows(*table)), IsEmpty());
  EXPECT_THAT(table->ConfidencesOf(1, AllRows(*table)), ElementsAre(0.9F, 0.1F, 1.0F));
  EXPECT_THAT(table->images, ElementsAre(Field(&OutcomeImage::weight, 2), Field(&OutcomeImage::weight, 1),
                                         Field(&OutcomeImage::weight, 0)));
  EXPECT_EQ(table->images[1].key, "y");
  EXPECT_EQ(table->groups[0], table->groups[1]);
  EXPECT_NE(table->groups[0], table->groups[2]);
}

TEST(ParseOutcomesCsv, ReadsPartsOfTheImages) {
  const auto table = ParseOutcomesCsv("a:correct,a:ms,split\n1,1,test\n1,1,\n1,1,certify\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->images, ElementsAre(Field(&OutcomeImage::split, "test"), Field(&OutcomeImage::split, ""),
                                         Field(&OutcomeImage::split, "certify")));
}

TEST(ParseOutcomesCsv, AnOutputIsHowSureACandidateIs) {
  const auto table = ParseOutcomesCsv("a:correct,a:ms,b:correct,b:ms,b:confidence\n1,1,0,1,0.25\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->classes(), kOwnAnswers);
  EXPECT_TRUE(table->HasConfidences());
  std::vector<float> output(1);
  table->LogProbsOf(0, 0, output);  // it does not tell: as sure as not
  EXPECT_NEAR(output[0], std::log(0.5), 1e-3);
  table->LogProbsOf(1, 0, output);
  EXPECT_NEAR(output[0], std::log(0.25), 1e-3);
  EXPECT_FALSE(ParseOutcomesCsv("a:correct,a:ms\n1,1\n", "t.csv")->HasConfidences());
}

TEST(ParseOutcomesCsv, ReadsARowAnImageAndCandidateInAnyOrder) {
  const auto wide = ParseOutcomesCsv("id,a:correct,a:ms,b:correct,b:ms\nx,1,1,0,4\ny,0,2,1,5\n", "t.csv");
  const auto longer = ParseOutcomesCsv("candidate,id,ms,correct\na,x,1,1\na,y,2,0\nb,y,5,1\nb,x,4,0\n", "t.csv");
  ASSERT_TRUE(longer.ok()) << longer.error().message;
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(longer->candidates[c].name, wide->candidates[c].name);
    EXPECT_EQ(UtilitiesOf(*longer, c), UtilitiesOf(*wide, c));
  }
  EXPECT_EQ(longer->inference_ms, wide->inference_ms);
  EXPECT_THAT(longer->inference_ms, ElementsAre(1, 2, 4, 5));
}

TEST(ParseOutcomesCsv, TakesMoreCandidatesThanABundleCanHold) {
  std::string header;
  std::string row;
  for (int c = 0; c < 200; ++c) {
    const std::string name = "c" + std::to_string(c);
    header += (c > 0 ? "," : "") + name + ":correct," + name + ":ms";
    row += c > 0 ? ",1,1" : "1,1";
  }
  const auto table = ParseOutcomesCsv(header + "\n" + row + "\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->candidate_count(), 200);
}

TEST(ParseOutcomesCsv, RowsThatNameEachAnImageAndACandidateOfTheirOwnTakeNoTableOfAllPairs) {
  std::string text = "id,candidate,correct,ms\n";
  for (int row = 0; row < 100'000; ++row) {
    const std::string name = std::to_string(row);
    text += name + "," + name + ",1,1\n";
  }
  EXPECT_THAT(Fault(text), HasSubstr("line 2: `0` has no row of `1`"));
}

TEST(ParseOutcomesCsv, NamesMayHoldColons) {
  const auto table = ParseOutcomesCsv("a:8:correct,a:8:ms\n1,1\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->candidates[0].name, "a:8");
}

TEST(ParseOutcomesCsv, FaultsNameLineAndColumn) {
  EXPECT_THAT(Fault("a:correct,a:ms\n1,1\n2,1\n"),
              HasSubstr("t.csv: line 3: column 1 (`a:correct`): `2`: expected a number from 0 to 1"));
  EXPECT_THAT(Fault("a:correct,a:ms\n1,-1\n"),
              HasSubstr("line 2: column 2 (`a:ms`): `-1`: expected a number of at least 0"));
  EXPECT_THAT(Fault("a:correct,a:ms\n1,nan\n"), HasSubstr("column 2"));
  EXPECT_THAT(Fault("a:correct,a:ms\n,1\n"), HasSubstr("column 1"));
  EXPECT_THAT(Fault("a:correct,a:ms\n1,1x\n"), HasSubstr("column 2"));
  EXPECT_THAT(Fault("a:correct,a:ms,a:confidence\n1,1,1.5\n"), HasSubstr("column 3 (`a:confidence`)"));
  EXPECT_THAT(Fault("a:correct,a:ms,weight\n1,1,x\n"), HasSubstr("column 3 (`weight`)"));
  EXPECT_THAT(Fault("a:correct,a:ms,split\n1,1,train\n"),
              HasSubstr("column 3 (`split`): `train`: expected fit, select, certify, test or nothing"));
}

TEST(ParseOutcomesCsv, RefusesHeadersThatItCannotRead) {
  EXPECT_THAT(Fault(""), HasSubstr("is empty"));
  EXPECT_THAT(Fault("a:correct,a:ms\n"), HasSubstr("lists no image"));
  EXPECT_THAT(Fault("a,b\n1,1\n"), HasSubstr("column 1 (`a`): is unknown"));
  EXPECT_THAT(Fault("a:correct,a:time\n1,1\n"), HasSubstr("column 2 (`a:time`): is unknown"));
  EXPECT_THAT(Fault("a:correct\n1\n"), HasSubstr("lacks the column `a:ms`"));
  EXPECT_THAT(Fault("a:ms\n1\n"), HasSubstr("lacks the column `a:correct`"));
  EXPECT_THAT(Fault("id,group\n1,1\n"), HasSubstr("expected columns"));
  EXPECT_THAT(Fault("a:correct,a:ms,a:ms\n1,1,1\n"), HasSubstr("column 3 (`a:ms`): is there twice"));
  EXPECT_THAT(Fault(":correct,:ms\n1,1\n"), HasSubstr("the name of a candidate is empty"));
  EXPECT_THAT(Fault("id,candidate,correct\nx,a,1\n"), HasSubstr("lacks one of id, correct and ms"));
  EXPECT_THAT(Fault("id,candidate,correct,ms,a:ms\nx,a,1,1,1\n"), HasSubstr("column 5 (`a:ms`): is unknown"));
}

TEST(ParseOutcomesCsv, RefusesRowsThatDoNotFit) {
  EXPECT_THAT(Fault("a:correct,a:ms\n1,1\n\n"), HasSubstr("line 3: is empty"));
  EXPECT_THAT(Fault("a:correct,a:ms\n1\n"), HasSubstr("line 2: has 1 fields, the header 2"));
  EXPECT_THAT(Fault("id,a:correct,a:ms\nx,1,1\nx,1,1\n"), HasSubstr("line 3: column 1 (`id`): `x` is there twice"));
  EXPECT_THAT(Fault("a:correct,a:ms,weight\n1,1,0\n"), HasSubstr("weight 0 only"));
  EXPECT_THAT(Fault("a:correct,a:ms\n1,0\n"), HasSubstr("`a` takes no time at all"));
  EXPECT_THAT(Fault("id,candidate,correct,ms\nx,a,1,1\nx,a,1,1\n"), HasSubstr("line 3: `a` on `x` is there twice"));
  EXPECT_THAT(Fault("id,candidate,correct,ms\nx,a,1,1\ny,a,1,1\ny,b,1,1\n"),
              HasSubstr("line 2: `x` has no row of `b`"));
  EXPECT_THAT(Fault("id,candidate,correct,ms,group\nx,a,1,1,g\nx,b,1,1,h\n"),
              HasSubstr("line 3: group, weight or split of `x`"));
  EXPECT_THAT(Fault("id,candidate,correct,ms,weight\nx,a,1,1,1\nx,b,1,1,2\n"),
              HasSubstr("line 3: group, weight or split of `x`"));
  EXPECT_THAT(Fault("id,candidate,correct,ms,split\nx,a,1,1,test\nx,b,1,1,\n"),
              HasSubstr("line 3: group, weight or split of `x`"));
}

}  // namespace
}  // namespace amsel
