#include "base/input_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/folder_test.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class InputFolderTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    fs::create_directories(root_ + "/in/below");
    ASSERT_TRUE(WriteFile(root_ + "/secret", "secret").ok());
    ASSERT_TRUE(WriteFile(root_ + "/in/file", "file").ok());
    ASSERT_TRUE(WriteFile(root_ + "/in/below/deep", "deep").ok());
  }
  InputFolder Open() const { return InputFolder::Open(root_ + "/in").value(); }
  void Link(const std::string& target, const std::string& name) const {
    fs::create_symlink(target, root_ + "/in/" + name);
  }
};

TEST_F(InputFolderTest, ReadsWhatLiesInIt) {
  EXPECT_EQ(Open().ReadFile("file").value(), "file");
  EXPECT_EQ(Open().ReadFile("below/deep").value(), "deep");
  EXPECT_TRUE(Open().Has("file"));
  EXPECT_FALSE(Open().Has("absent"));
  EXPECT_THAT(Open().ReadFile("absent").error().message, HasSubstr("/in/absent: cannot be opened"));
  EXPECT_THAT(Open().ReadFile("below").error().message, HasSubstr("is not a regular file"));
  EXPECT_FALSE(Open().ReadFile("file", 3).ok());
}

TEST_F(InputFolderTest, FollowsLinksThatStayInIt) {
  Link("file", "same");
  Link("../in/file", "round");  // leaves and comes back: by its parts it leads out
  Link("..2", "..1");
  Link("below", "..2");
  Link("../file", "below/up");
  EXPECT_EQ(Open().ReadFile("same").value(), "file");
  EXPECT_EQ(Open().ReadFile("..1/deep").value(), "deep");
  EXPECT_EQ(Open().ReadFile("below/up").value(), "file");
  EXPECT_THAT(Open().ReadFile("round").error().message, HasSubstr("/in/round: leads out of its folder"));
}

TEST_F(InputFolderTest, FollowsNoLinkThatLeadsOut) {
  Link("../secret", "relative");
  Link(root_ + "/secret", "absolute");
  Link("..", "above");
  Link("below/../../secret", "winding");
  Link("circle", "circle");
  for (const char* name : {"relative", "absolute", "above/secret", "winding", "circle", "../secret", "/etc/hostname"}) {
    EXPECT_THAT(Open().ReadFile(name).error().message, HasSubstr("leads out of its folder")) << name;
  }
}

TEST_F(InputFolderTest, WaitsForNoPipe) {
  ASSERT_EQ(::mkfifo((root_ + "/in/pipe").c_str(), 0600), 0);
  EXPECT_THAT(Open().ReadFile("pipe").error().message, HasSubstr("is not a regular file"));
}

TEST_F(InputFolderTest, IsOfOnePieceWhileAnotherTakesItsName) {
  const InputFolder folder = Open();
  EXPECT_TRUE(folder.IsInPlace());
  fs::rename(root_ + "/in", root_ + "/was");
  fs::create_directory(root_ + "/in");
  ASSERT_TRUE(WriteFile(root_ + "/in/file", "other").ok());
  EXPECT_EQ(folder.ReadFile("file").value(), "file");
  EXPECT_FALSE(folder.IsInPlace());
}

TEST_F(InputFolderTest, MustBeAFolder) {
  EXPECT_THAT(InputFolder::Open(root_ + "/secret").error().message, StartsWith(root_ + "/secret: cannot be opened"));
}

}  // namespace
}  // namespace amsel
