#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

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

}  // namespace
}  // namespace amsel
