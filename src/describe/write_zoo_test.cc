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
  Status Checked(bool force = false) { return CheckZooThere(root_, force); }
};

TEST_F(ZooThere, WhereNoneIsAnythingMayBeWritten) {
  EXPECT_TRUE(Checked().ok());
  EXPECT_TRUE(CheckZooThere(Path("absent"), false).ok());
}

TEST_F(ZooThere, TakesMoreCandidatesWhereAllShareItsLabels) {
  Write("labels.txt", "cat\ndog\n");
  Add("a", "../labels.txt");
  Write("b/own.txt", "cat\ndog\n");  // another file, the same labels
  Add("b", "own.txt");
  EXPECT_TRUE(Checked().ok());
}

TEST_F(ZooThere, TakesNoneWhereOneHasOtherLabelsUnlessForced) {
  Write("labels.txt", "cat\ndog\n");
  Add("a", "../labels.txt");
  Write("b/own.txt", "dog\ncat\n");
  Add("b", "own.txt");
  const Status checked = Checked();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(checked.error().message, HasSubstr("b/card.json: its candidate has other labels than"));
  EXPECT_TRUE(Checked(/*force=*/true).ok());
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
