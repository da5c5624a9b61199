#include "evaluate/outcomes_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Fault(const std::string& text) {
  const auto table = ParseOutcomesCsv(text, "t.csv");
  return table.ok() ? "no fault" : table.error().message;
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
  EXPECT_EQ(table->singles[0].name, "a");
  EXPECT_THAT(table->singles[0].right, ElementsAre(1, 0, 0));
  EXPECT_THAT(table->singles[1].right, ElementsAre(0.25, 1, 1));
  EXPECT_DOUBLE_EQ(table->CostMs(0), 2.5);
  EXPECT_THAT(table->confidence[0], IsEmpty());
  EXPECT_THAT(table->confidence[1], ElementsAre(0.9F, 0.1F, 1.0F));
  EXPECT_THAT(table->images.weights, ElementsAre(2, 1, 0));
  EXPECT_EQ(table->images.groups[0], table->images.groups[1]);
  EXPECT_NE(table->images.groups[0], table->images.groups[2]);
}

TEST(ParseOutcomesCsv, ReadsARowAnImageAndCandidateInAnyOrder) {
  const auto wide = ParseOutcomesCsv("id,a:correct,a:ms,b:correct,b:ms\nx,1,1,0,4\ny,0,2,1,5\n", "t.csv");
  const auto longer = ParseOutcomesCsv("candidate,id,ms,correct\na,x,1,1\na,y,2,0\nb,y,5,1\nb,x,4,0\n", "t.csv");
  ASSERT_TRUE(longer.ok()) << longer.error().message;
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(longer->singles[c].name, wide->singles[c].name);
    EXPECT_EQ(longer->singles[c].right, wide->singles[c].right);
    EXPECT_EQ(longer->singles[c].latency_ms, wide->singles[c].latency_ms);
  }
}

TEST(ParseOutcomesCsv, NamesMayHoldColons) {
  const auto table = ParseOutcomesCsv("a:8:correct,a:8:ms\n1,1\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->singles[0].name, "a:8");
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
              HasSubstr("line 3: group or weight of `x`"));
}

TEST(ParseOutcomesCsv, RefusesMoreCandidatesThanAPolicyCanHave) {
  std::string header;
  std::string row;
  for (int c = 0; c < 65; ++c) {
    const std::string name = "c" + std::to_string(c);
    header += (c > 0 ? "," : "") + name + ":correct," + name + ":ms";
    row += c > 0 ? ",1,1" : "1,1";
  }
  EXPECT_THAT(Fault(header + "\n" + row + "\n"), HasSubstr("more than 64 candidates"));
}

}  // namespace
}  // namespace amsel
