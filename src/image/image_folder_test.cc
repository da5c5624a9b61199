#include "image/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/folder_test.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImageFolderTest : public FolderTest {
 protected:
  void Put(const std::string& name) { Write(name, "x"); }
  void Link(const std::string& to, const std::string& name) {
    fs::create_directories((fs::path(root_) / name).parent_path());
    fs::create_symlink(to, fs::path(root_) / name);
  }
  ImageFolder Read() { return ReadImageFolder(root_).value(); }
};

TEST_F(ImageFolderTest, TakesImagesByTheirEndingsAtAnyDepthSorted) {
  for (const char* name : {"b.PNG", "a/c.jpeg", "a/deep/er/d.jfif", "a.jpe", "e.tiff", "f.heic", "g.avif", "h.gif"})
    Put(name);
  EXPECT_THAT(Read().images,
              ElementsAre("a.jpe", "a/c.jpeg", "a/deep/er/d.jfif", "b.PNG", "e.tiff", "f.heic", "g.avif", "h.gif"));
}

TEST_F(ImageFolderTest, PassesOverHiddenNamesAndThoseOfSystems) {
  for (const char* name : {".hidden.png", "a/.git/b.png", "a/@eaDir/b.png", "__MACOSX/c.png", "a/Thumbs.db",
                           "desktop.ini", ".DS_Store", "a/b.png"}) {
    Put(name);
  }
  EXPECT_THAT(Read().images, ElementsAre("a/b.png"));
  EXPECT_THAT(Read().folders, ElementsAre("a"));
  EXPECT_THAT(PassedOver(Read()), IsEmpty());
}

TEST_F(ImageFolderTest, CountsOtherFilesByEnding) {
  for (const char* name : {"a.txt", "b.TXT", "c.csv", "README", "odd.name with blanks", "x/d.txt", "d.png"}) Put(name);
  ASSERT_EQ(mkfifo((root_ + "/pipe.png").c_str(), 0600), 0);
  EXPECT_EQ(PassedOver(Read()), "passed over 7 files: 3 .txt, 2 without an ending, 1 .csv, 1 no regular file");
}

TEST_F(ImageFolderTest, FollowsLinksAndKeepsTheirNames) {
  Put("store/123");
  fs::create_directories(root_ + "/cat");
  Link("../store/123", "cat/one.png");
  Link("../store/123", "cat/two.png");
  Link("../gone", "cat/nowhere.png");
  Link("../more", "cat/linked");
  Put("more/three.png");
  EXPECT_THAT(Read().images,
              ElementsAre("cat/linked/three.png", "cat/nowhere.png", "cat/one.png", "cat/two.png", "more/three.png"));
}

TEST_F(ImageFolderTest, LoopsOfLinksEnd) {
  Put("a/b/c.png");
  Link("..", "a/b/up");
  Link("../../" + fs::path(root_).filename().string() + "/..", "a/out");
  Link(".", "self");
  Link("it.png", "it.png");
  const ImageFolder found = Read();
  EXPECT_THAT(found.images, ElementsAre("a/b/c.png"));
  EXPECT_THAT(found.folders, ElementsAre("a"));
  EXPECT_THAT(found.loops, ElementsAre("a/b/up", "a/out", "it.png", "self"));
  EXPECT_THAT(PassedOver(found), HasSubstr("passed over a/b/up, a/out, it.png, self, links in a circle"));
}

TEST_F(ImageFolderTest, NamesFoldersWithoutAnImage) {
  fs::create_directories(root_ + "/empty");
  Put("full/a.png");
  EXPECT_THAT(Read().folders, ElementsAre("empty", "full"));
}

TEST_F(ImageFolderTest, RefusesWhatCannotBeRead) {
  EXPECT_THAT(ReadImageFolder(root_ + "/absent").error().message, HasSubstr("absent: cannot be read: No such file"));
  Put("a/b.png");
  fs::permissions(root_ + "/a", fs::perms::none);
  const auto found = ReadImageFolder(root_);
  fs::permissions(root_ + "/a", fs::perms::owner_all);
  if (found.ok()) GTEST_SKIP() << "runs as root, whom no folder refuses";
  EXPECT_THAT(found.error().message, HasSubstr("/a: cannot be read: Permission denied"));
}

}  // namespace
}  // namespace amsel
