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

}  // namespace
}  // namespace amsel
