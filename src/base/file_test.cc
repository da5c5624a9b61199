#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/support/folder_test.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class FileTest : public FolderTest {
 protected:
  std::size_t EntriesInRoot() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
  }
};

/// Stands for a full disk: no file of this process may grow past `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

TEST_F(FileTest, WrittenBytesReadBack) {
  const std::string bytes("a\0b\nc", 5);
  ASSERT_TRUE(WriteFileAtomically(root_ + "/f", bytes).ok());
  EXPECT_EQ(ReadFile(root_ + "/f").value(), bytes);
  EXPECT_EQ(EntriesInRoot(), 1U);
}

TEST_F(FileTest, AFullDiskLeavesTheOldContentAndNoTemporaryFile) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/f", "old").ok());
  Status status;
  {
    const FileSizeLimit limit(1000);
    status = WriteFileAtomically(root_ + "/f", std::string(5000, 'x'));
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_EQ(ReadFile(root_ + "/f").value(), "old");
  EXPECT_EQ(EntriesInRoot(), 1U);
}

TEST_F(FileTest, AFolderThatCannotBeWrittenIsNamed) {
  const Status status = WriteFileAtomically("/proc/amsel-no-such", "x");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, StartsWith("/proc/amsel-no-such"));
  EXPECT_FALSE(StagedDirectory::Create("/proc/amsel-no-such/bundle").ok());
}

TEST_F(FileTest, AFileOverTheLimitIsRefused) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/f", "12345").ok());
  EXPECT_FALSE(ReadFile(root_ + "/f", 4).ok());
  EXPECT_THAT(ReadFile(root_).error().message, HasSubstr("not a regular file"));
}

TEST_F(FileTest, AStagedFolderAppearsOnlyWhenCommitted) {
  auto staged = StagedDirectory::Create(root_ + "/bundle/");
  ASSERT_TRUE(staged.ok());
  ASSERT_TRUE(WriteFile(staged->path() + "/a", "1").ok());
  EXPECT_FALSE(fs::exists(root_ + "/bundle"));
  ASSERT_TRUE(staged->Commit().ok());
  EXPECT_EQ(ReadFile(root_ + "/bundle/a").value(), "1");
  EXPECT_EQ(EntriesInRoot(), 1U);
}

TEST_F(FileTest, AnAbandonedStagedFolderVanishes) {
  {
    auto staged = StagedDirectory::Create(root_ + "/bundle");
  }
  EXPECT_EQ(EntriesInRoot(), 0U);
}

TEST_F(FileTest, CommittingReplacesTheOldFolderWhole) {
  for (const char* name : {"a", "b"}) {
    auto staged = StagedDirectory::Create(root_ + "/bundle");
    ASSERT_TRUE(WriteFile(staged->path() + "/" + name, name).ok());
    ASSERT_TRUE(staged->Commit().ok());
  }
  EXPECT_FALSE(fs::exists(root_ + "/bundle/a"));
  EXPECT_EQ(ReadFile(root_ + "/bundle/b").value(), "b");
  EXPECT_EQ(EntriesInRoot(), 1U);
}

TEST_F(FileTest, ALinkStaysAndItsTargetIsReplacedWithItsPermissions) {
  ASSERT_TRUE(WriteFile(root_ + "/target", "old").ok());
  fs::permissions(root_ + "/target", fs::perms(0600));
  fs::create_symlink("target", root_ + "/link");
  ASSERT_TRUE(WriteFileAtomically(root_ + "/link", "new").ok());
  EXPECT_TRUE(fs::is_symlink(root_ + "/link"));
  EXPECT_EQ(ReadFile(root_ + "/target").value(), "new");
  EXPECT_EQ(fs::status(root_ + "/target").permissions(), fs::perms(0600));
  fs::create_symlink("nowhere", root_ + "/broken");
  EXPECT_EQ(WriteFileAtomically(root_ + "/broken", "x").error().kind, ErrorKind::kUsage);
  EXPECT_FALSE(fs::exists(root_ + "/nowhere"));
  EXPECT_EQ(EntriesInRoot(), 3U);
}

TEST_F(FileTest, DevicesAreWrittenThrough) {
  EXPECT_TRUE(WriteFileAtomically("/dev/null", "x").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(WriteFileAtomically("/dev/full", "x").error().kind, ErrorKind::kRuntime);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(FileTest, PipesAreWrittenThroughAndNotWaitedFor) {
  const std::string pipe = root_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(WriteFileAtomically(pipe, "x").error().kind, ErrorKind::kUsage);
  const Descriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK));
  ASSERT_TRUE(WriteFileAtomically(pipe, "page").ok());
  std::string got(8, '\0');
  got.resize(static_cast<std::size_t>(::read(reader.get(), got.data(), got.size())));
  EXPECT_EQ(got, "page");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(FileTest, FoldersAreNoFiles) {
  fs::create_directory(root_ + "/folder");
  EXPECT_EQ(WriteFileAtomically(root_ + "/folder", "x").error().kind, ErrorKind::kRuntime);
  EXPECT_EQ(EntriesInRoot(), 1U);
}

TEST_F(FileTest, AStagedFolderTakesThePlaceOfWhatALinkLeadsTo) {
  fs::create_directory(root_ + "/real");
  fs::create_directory_symlink("real", root_ + "/link");
  auto staged = StagedDirectory::Create(root_ + "/link");
  ASSERT_TRUE(WriteFile(staged->path() + "/a", "1").ok());
  ASSERT_TRUE(staged->Commit().ok());
  EXPECT_TRUE(fs::is_symlink(root_ + "/link"));
  EXPECT_EQ(ReadFile(root_ + "/real/a").value(), "1");
  EXPECT_EQ(EntriesInRoot(), 2U);
}

TEST_F(FileTest, NoFileGivesWayToAStagedFolder) {
  ASSERT_TRUE(WriteFile(root_ + "/file", "mine").ok());
  EXPECT_EQ(StagedDirectory::Create(root_ + "/file").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(ReadFile(root_ + "/file").value(), "mine");
  EXPECT_EQ(EntriesInRoot(), 1U);
}

}  // namespace
}  // namespace amsel
