#include "runtime/residency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using enum ResidentDnn::State;

/// a: 10 bytes, used by all inputs. b: 20 bytes, by half of them. c: 20 bytes, by half of them, used later.
std::vector<ResidentDnn> Three(ResidentDnn::State a, ResidentDnn::State b, ResidentDnn::State c) {
  return {{a, 10, 1.0, 5}, {b, 20, 0.5, 1}, {c, 20, 0.5, 9}};
}

TEST(WhoLeaves, NobodyWhereThereIsRoom) {
  EXPECT_THAT(WhoLeaves(Three(kIdle, kIdle, kAbsent), {.dnn = 2, .allowance = 50}), Optional(IsEmpty()));
}

TEST(WhoLeaves, TheLeastUsefulForItsBytes) {
  EXPECT_THAT(WhoLeaves(Three(kIdle, kIdle, kAbsent), {.dnn = 2, .allowance = 30}), Optional(ElementsAre(1)));
}

TEST(WhoLeaves, OfEqualsTheOneThatWasUsedLongestAgo) {
  EXPECT_THAT(WhoLeaves(Three(kAbsent, kIdle, kIdle), {.dnn = 0, .allowance = 30}), Optional(ElementsAre(1)));
}

TEST(WhoLeaves, AsManyAsItTakes) {
  EXPECT_THAT(WhoLeaves(Three(kIdle, kIdle, kAbsent), {.dnn = 2, .allowance = 20}), Optional(ElementsAre(1, 0)));
}

TEST(WhoLeaves, NobodyWhereAllWouldNotDo) {
  EXPECT_EQ(WhoLeaves(Three(kIdle, kIdle, kAbsent), {.dnn = 2, .allowance = 19}), std::nullopt);
}

TEST(WhoLeaves, NeverWhoIsInUseOrLoading) {
  EXPECT_EQ(WhoLeaves(Three(kIdle, kInUse, kAbsent), {.dnn = 2, .allowance = 30}), std::nullopt);
  EXPECT_EQ(WhoLeaves(Three(kIdle, kLoading, kAbsent), {.dnn = 2, .allowance = 30}), std::nullopt);
  EXPECT_THAT(WhoLeaves(Three(kIdle, kInUse, kAbsent), {.dnn = 2, .allowance = 40}), Optional(ElementsAre(0)));
}

TEST(WhoLeaves, NobodyAsUsefulWhereOnlyTheLessUsefulMay) {
  EXPECT_EQ(WhoLeaves(Three(kAbsent, kIdle, kAbsent), {.dnn = 2, .allowance = 30, .only_less_useful = true}),
            std::nullopt);
  EXPECT_THAT(WhoLeaves(Three(kAbsent, kIdle, kIdle), {.dnn = 0, .allowance = 30, .only_less_useful = true}),
              Optional(ElementsAre(1)));
}

TEST(WhoLeaves, MoreForWhatIsNotExplainedIfThatSuffices) {
  EXPECT_THAT(WhoLeaves(Three(kAbsent, kIdle, kIdle), {.dnn = 0, .allowance = 50, .beyond = 5}),
              Optional(ElementsAre(1)));
  EXPECT_THAT(WhoLeaves(Three(kAbsent, kIdle, kIdle), {.dnn = 0, .allowance = 50, .beyond = 50}), Optional(IsEmpty()));
}

TEST(WhoLeaves, AReloadedOneDoesNotCountItself) {
  EXPECT_THAT(WhoLeaves(Three(kLoading, kAbsent, kAbsent), {.dnn = 0, .allowance = 10}), Optional(IsEmpty()));
}

TEST(FitsBesideBusy, CountsThoseThatStay) {
  EXPECT_TRUE(FitsBesideBusy(Three(kIdle, kIdle, kAbsent), 2, 20));
  EXPECT_FALSE(FitsBesideBusy(Three(kIdle, kInUse, kAbsent), 2, 39));
  EXPECT_TRUE(FitsBesideBusy(Three(kIdle, kInUse, kAbsent), 2, 40));
  EXPECT_FALSE(FitsBesideBusy(Three(kLoading, kAbsent, kAbsent), 2, 29));
}

TEST(MostUsefulTogether, AreTheMostUsefulThatFit) {
  const std::vector<ResidentDnn> dnns = Three(kAbsent, kAbsent, kAbsent);
  EXPECT_THAT(MostUsefulTogether(dnns, {}), ElementsAre(0, 1, 2));
  EXPECT_THAT(MostUsefulTogether(dnns, 30), ElementsAre(0, 1));
  EXPECT_THAT(MostUsefulTogether(dnns, 9), IsEmpty());
  EXPECT_THAT(MostUsefulTogether(dnns, 20), ElementsAre(0));
}

/// Within so many bytes, in a process that has `base` without any.
Residency Within(std::int64_t bytes, std::vector<ResidentDnn> dnns, std::int64_t base = 0) {
  Residency residency(std::move(dnns));
  residency.SetBudget({base + bytes, base});
  return residency;
}

TEST(Residency, DismissesThoseThatMakeRoom) {
  Residency narrow = Within(19, Three(kIdle, kIdle, kAbsent));
  EXPECT_EQ(narrow.MakeRoom(2, 0, false), std::nullopt);
  EXPECT_TRUE(narrow[1].loaded());
  EXPECT_FALSE(narrow.Fits(2));
  Residency wide = Within(30, Three(kIdle, kIdle, kAbsent));
  EXPECT_THAT(wide.MakeRoom(2, 0, false), Optional(ElementsAre(1)));
  EXPECT_TRUE(wide[0].loaded());
  EXPECT_FALSE(wide[1].loaded());
  EXPECT_TRUE(wide.Fits(2));
}

TEST(Residency, WithoutABudgetAllFits) {
  Residency residency(Three(kIdle, kInUse, kAbsent));
  EXPECT_THAT(residency.MakeRoom(2, 0, false), Optional(IsEmpty()));
  EXPECT_TRUE(residency.Fits(2));
  EXPECT_TRUE(residency.FitsBesideBusy(2));
  EXPECT_THAT(residency.MostUseful(), ElementsAre(0, 1, 2));
}

TEST(Residency, WhatTheProcessHasBeyondItsBaseAndWhoIsLoadedCountsToo) {
  Residency residency = Within(55, Three(kAbsent, kIdle, kIdle), 100);
  EXPECT_THAT(residency.MakeRoom(0, 144, false), Optional(IsEmpty()));       // 4 are not explained
  EXPECT_THAT(residency.MakeRoom(0, 146, false), Optional(ElementsAre(1)));  // 6
}

TEST(Residency, WhatLoadingTakesForAMomentCountsToo) {
  std::vector<ResidentDnn> dnns = Three(kAbsent, kIdle, kIdle);
  dnns[0].file_bytes = 6;
  EXPECT_THAT(Within(55, dnns).MakeRoom(0, 0, false), Optional(ElementsAre(1)));
}

TEST(Residency, IsInUseUntilTheLastUseEnds) {
  Residency residency = Within(40, Three(kIdle, kIdle, kAbsent));
  residency.BeginUse(1);
  residency.BeginUse(1);
  EXPECT_FALSE(residency.EndUse(1));
  EXPECT_EQ(residency[1].state, kInUse);
  EXPECT_THAT(residency.MakeRoom(2, 0, false), Optional(ElementsAre(0)));
  EXPECT_TRUE(residency.EndUse(1));
  EXPECT_EQ(residency[1].state, kIdle);
}

TEST(Residency, OfEqualsTheOneUsedLastStays) {
  Residency residency = Within(30, Three(kAbsent, kIdle, kIdle));
  for (const std::size_t used : {2U, 1U}) {
    residency.BeginUse(used);
    residency.EndUse(used);
  }
  EXPECT_THAT(residency.MakeRoom(0, 0, false), Optional(ElementsAre(2)));
}

TEST(Residency, LearnsOnceAndNeverLess) {
  std::vector<ResidentDnn> dnns = Three(kAbsent, kAbsent, kAbsent);
  dnns[0].bytes_known = true;
  Residency residency(dnns);
  EXPECT_FALSE(residency.Learn(0, 99));
  EXPECT_EQ(residency[0].bytes, 10);
  EXPECT_TRUE(residency.Learn(1, 5));
  EXPECT_EQ(residency[1].bytes, 20);
  EXPECT_TRUE(residency.Learn(2, 33));
  EXPECT_EQ(residency[2].bytes, 33);
  EXPECT_FALSE(residency.Learn(2, 40));
}

TEST(Residency, ALoadEndsLoadedOrAbsent) {
  Residency residency(Three(kAbsent, kAbsent, kAbsent));
  residency.BeginLoad(0);
  EXPECT_FALSE(residency[0].loaded());
  residency.EndLoad(0, true);
  EXPECT_EQ(residency[0].state, kIdle);
  residency.BeginLoad(1);
  residency.EndLoad(1, false);
  EXPECT_EQ(residency[1].state, kAbsent);
}

}  // namespace
}  // namespace amsel
