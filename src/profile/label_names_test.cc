#include "profile/label_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Texts = std::vector<std::string>;

TEST(LabelNames, FindsWordnetIdsThatNamesBeginWith) {
  const LabelNames names({"n01440764 tench, Tinca tinca", "n01443537\tgoldfish", "n02012849 crane", "n02012849 other"});
  EXPECT_EQ(names.ClassOf("n01440764").value(), 0);
  EXPECT_EQ(names.ClassOf("n01443537").value(), 1);
  EXPECT_EQ(names.ClassOf("n01443537-goldfish").value(), 1);
  EXPECT_EQ(names.ClassOf("n02012849 crane").value(), 2);  // a whole name
  EXPECT_THAT(names.ClassOf("n02012849").error().message, HasSubstr("several classes begin with n02012849"));
  EXPECT_THAT(names.ClassOf("n0144353").error().message, HasSubstr("unknown label"));
  EXPECT_THAT(names.ClassOf("n014435370").error().message, HasSubstr("unknown label"));
}

TEST(LabelNames, ReadsNumbersAsNamesAndSaysSo) {
  LabelNames names({"0", "1", "10", "2"});  // sorted as text
  ASSERT_TRUE(names.SettleNumbers(Texts{"0", "1", "2", "10"}, {}).ok());
  EXPECT_EQ(names.ClassOf("2").value(), 3);
  EXPECT_TRUE(names.numbers_differ());
  EXPECT_THAT(names.NumbersNotice(), HasSubstr("read as the names of classes: `2` is class 3, not class 2;"));
}

TEST(LabelNames, ReadsNumbersAsAskedFor) {
  LabelNames names({"0", "1", "10", "2"});
  ASSERT_TRUE(names.SettleNumbers(Texts{"0", "1", "2"}, NumberLabels::kPositions).ok());
  EXPECT_EQ(names.ClassOf("2").value(), 2);
  EXPECT_EQ(names.ClassOf("10").value(), 2);  // no position
}

TEST(LabelNames, ReadsNumbersAsPositionsWhereOneIsNoName) {
  LabelNames names({"1", "2", "3"});
  ASSERT_TRUE(names.SettleNumbers(Texts{"0", "1", "2"}, {}).ok());
  EXPECT_EQ(names.ClassOf("1").value(), 1);
  EXPECT_THAT(names.NumbersNotice(), HasSubstr("read as class indices, since `0` is no class's name"));
}

TEST(LabelNames, RefusesNumbersThatCannotBeReadAlike) {
  LabelNames names({"1", "2", "3"});
  EXPECT_THAT(names.SettleNumbers(Texts{"0", "1", "3"}, {}).error().message,
              HasSubstr("`3` is a class's name and no index, `0` an index and no name"));
}

TEST(LabelNames, IsSilentWhereBothReadingsAgree) {
  LabelNames digits({"0", "1", "2"});
  ASSERT_TRUE(digits.SettleNumbers(Texts{"0", "2"}, {}).ok());
  EXPECT_FALSE(digits.numbers_differ());
  EXPECT_THAT(digits.NumbersNotice(), IsEmpty());
  LabelNames words({"cat", "dog"});
  ASSERT_TRUE(words.SettleNumbers(Texts{"cat", "1"}, {}).ok());
  EXPECT_EQ(words.ClassOf("1").value(), 1);
  EXPECT_THAT(words.NumbersNotice(), IsEmpty());
}

TEST(LabelNames, FoldersNamedByWordnetIdsAreToldWhatTheyNeed) {
  const LabelNames names({"tabby cat", "tench"});
  EXPECT_THAT(names.ClassOf("n02123045").error().message,
              HasSubstr("labels.txt begin with them, as in `n02123045 tabby cat`"));
  EXPECT_THAT(names.ClassOf("lynx").error().message, Not(HasSubstr("WordNet")));
}

TEST(LabelNames, PositionsAreNeverNames) {
  const LabelNames names({"1", "0"});
  EXPECT_EQ(names.ClassAt("0").value(), 0);
  EXPECT_THAT(names.ClassAt("2").error().message, HasSubstr("label_index `2`: expected a class index from 0 to 1"));
  EXPECT_THAT(names.ClassAt("cat").error().message, HasSubstr("label_index `cat`"));
}

}  // namespace
}  // namespace amsel
