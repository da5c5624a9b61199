#include "describe/write_zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/folder_test.h"
#include "tests/support/small_card.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class ZooThere : public FolderTest {
 protected:
  void Add(const std::string& name, const std::string& labels) {
    Write(name + "/card.json", CardToJson(SmallCard(name, labels)).dump());
    Write(name + "/1/model.onnx", EmptyOnnx(name));
  }
  /// For a zoo that gets these candidates, whose labels are known or not.
  Status Checked(const std::vector<std::string>& names = {"new"}, const std::vector<std::string>* labels = nullptr) {
    return CheckZooThere(root_, names, labels);
  }
};

TEST_F(ZooThere, WhereNoneIsAnythingMayBeWritten) {
  EXPECT_TRUE(Checked().ok());
  EXPECT_TRUE(CheckZooThere(Path("absent"), {"new"}, nullptr).ok());
}

TEST_F(ZooThere, TakesMoreCandidatesWhereAllShareItsLabels) {
  Write("labels.txt", "cat\ndog\n");
  Add("a", "../labels.txt");
  Write("b/own.txt", "cat\ndog\n");  // another file, the same labels
  Add("b", "own.txt");
  EXPECT_TRUE(Checked().ok());
}

TEST_F(ZooThere, TakesNoneWhereOneThatStaysHasOtherLabels) {
  Write("labels.txt", "cat\ndog\n");
  Add("a", "../labels.txt");
  Write("b/own.txt", "dog\ncat\n");
  Add("b", "own.txt");
  const Status checked = Checked();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(checked.error().message, HasSubstr("b/card.json: its candidate has other labels than"));
  EXPECT_TRUE(Checked({"b"}).ok());  // which is replaced
}

TEST_F(ZooThere, TakesOtherLabelsOnlyWhereNobodyIsLeftWithTheOldOnes) {
  Write("labels.txt", "0\n1\n");
  Add("a", "../labels.txt");
  Add("b", "../labels.txt");
  const std::vector<std::string> named{"cat", "dog"};
  EXPECT_TRUE(Checked({"b", "a"}, &named).ok());
  const Status checked = Checked({"a"}, &named);
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().message, HasSubstr("labels.txt: is there for b, with other labels or another order"));
  const std::vector<std::string> same{"0", "1"};
  EXPECT_TRUE(Checked({"a"}, &same).ok());
}

TEST_F(ZooThere, NoFolderIsReplacedThatHoldsTheDnnItself) {
  Write("a/mine.onnx", EmptyOnnx("a"));
  const Status checked = CheckPlace(root_, "a", Path("a/mine.onnx"), /*force=*/true);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(checked.error().message, HasSubstr("a/mine.onnx, which is read and would be lost"));
  Write("b/1/model.onnx", EmptyOnnx("b"));
  EXPECT_TRUE(CheckPlace(root_, "b", Path("b/1/model.onnx"), /*force=*/true).ok());
  EXPECT_TRUE(CheckPlace(root_, "b", Path("a/mine.onnx"), /*force=*/true).ok());
}

TEST_F(ZooThere, DnnsThatHaveNoCardsYetAreNoObstacle) {
  Write("labels.txt", "cat\ndog\n");
  Write("a/1/model.onnx", EmptyOnnx("a"));
  EXPECT_TRUE(Checked().ok());
}

}  // namespace
}  // namespace amsel
