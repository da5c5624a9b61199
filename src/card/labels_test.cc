#include "card/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LabelsTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> Read(const std::string& text) {
    EXPECT_TRUE(WriteFile(file_, text).ok());
    return ReadLabels(file_);
  }
  std::string Complaint(const std::string& text) {
    const auto labels = Read(text);
    return labels.ok() ? "accepted" : labels.error().message;
  }
  const std::string file_ =
      testing::TempDir() + "labels_test_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".txt";
};

TEST_F(LabelsTest, EditorsMayLeaveMarksBlanksAndBlankLastLines) {
  for (const char* text : {"cat\nbig dog\n", "cat\nbig dog",
                           "\xEF\xBB\xBF"
                           "cat\r\nbig dog\r\n",
                           "cat \t\nbig dog  \n\n \r\n\n"}) {
    const auto labels = Read(text);
    ASSERT_TRUE(labels.ok()) << labels.error().message;
    EXPECT_THAT(*labels, ElementsAre("cat", "big dog"));
  }
}

TEST_F(LabelsTest, AnEmptyLineInTheMiddleIsNamed) {
  EXPECT_EQ(Complaint("cat\n\ndog\n"), file_ + ": line 2 is empty");
  EXPECT_EQ(Complaint("cat\ndog\n \t\nbird"), file_ + ": line 3 is empty");
  EXPECT_EQ(Complaint("\ncat\ndog"), file_ + ": line 1 is empty");
}

TEST_F(LabelsTest, OtherEncodingsAreNamed) {
  using namespace std::string_literals;
  EXPECT_THAT(Complaint("\xFF\xFE"
                        "c\0a\0\n\0d\0"s),
              HasSubstr(file_ + ": is not plain UTF-8 (UTF-16?)"));
  EXPECT_THAT(Complaint("\xFE\xFF\0c\0a\0\n\0d"s), HasSubstr("UTF-16"));
  EXPECT_THAT(Complaint("c\0a\0\n\0d\0"s), HasSubstr("UTF-16"));
  EXPECT_THAT(Complaint("cat\ncaf\xE9\n"), HasSubstr("line 2 is not UTF-8"));
}

TEST_F(LabelsTest, FewerThanTwoAreRefused) {
  for (const char* text : {"", "\n\n", "cat\n", "\xEF\xBB\xBF"}) {
    EXPECT_THAT(Complaint(text), HasSubstr("at least two labels")) << text;
  }
}

}  // namespace
}  // namespace amsel
