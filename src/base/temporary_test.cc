#include "base/temporary.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "tests/support/folder_test.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

class TemporaryTest : public FolderTest {
 protected:
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_)) names.insert(entry.path().filename().string());
    return names;
  }
  const std::string path_ = root_ + "/out";
};

TEST_F(TemporaryTest, NamesCannotBeForeseen) {
  const auto first = MakeTemporaryFile(path_, 0644);
  const auto second = MakeTemporaryFile(path_, 0644);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->path, second->path);
  EXPECT_TRUE(first->path.starts_with(path_ + ".tmp-"));
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(TemporaryTest, WhatIsInTheMakingStays) {
  const auto file = MakeTemporaryFile(path_, 0644);
  const auto folder = MakeTemporaryFolder(path_);
  ASSERT_TRUE(WriteFileAtomically(path_, "x").ok());
  EXPECT_TRUE(fs::exists(file->path));
  EXPECT_TRUE(fs::is_directory(folder->path));
}

TEST_F(TemporaryTest, WhatACrashLeftIsSwept) {
  {  // locks go with the process, files stay
    const auto file = MakeTemporaryFile(path_, 0644);
    const auto folder = MakeTemporaryFolder(path_);
    ASSERT_TRUE(WriteFile(folder->path + "/part", "x").ok());
  }
  EXPECT_EQ(Names().size(), 2U);
  ASSERT_TRUE(WriteFileAtomically(path_, "x").ok());
  EXPECT_EQ(Names(), std::set<std::string>{"out"});
}

TEST_F(TemporaryTest, NothingElseIsSwept) {
  const std::set<std::string> others{"out.tmp",
                                     "out.tmp-0123456789abcde",
                                     "out.tmp-0123456789abcdeg",
                                     "out.tmp-0123456789abcdef0",
                                     "out.tmp-0123456789ABCDEF",
                                     "other.tmp-0123456789abcdef"};
  for (const std::string& name : others) ASSERT_TRUE(WriteFile(root_ + "/" + name, "mine").ok());
  ASSERT_TRUE(WriteFile(root_ + "/mine", "mine").ok());
  fs::create_symlink("mine", root_ + "/out.tmp-00000000000000aa");  // a link is nobody's temporary file
  ASSERT_EQ(::mkfifo((root_ + "/out.tmp-00000000000000bb").c_str(), 0600), 0);
  ASSERT_TRUE(WriteFileAtomically(path_, "x").ok());
  EXPECT_EQ(Names().size(), others.size() + 4);
  EXPECT_EQ(ReadFile(root_ + "/mine").value(), "mine");
}

}  // namespace
}  // namespace amsel
