// A folder for each test, with files that it writes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"

namespace amsel {

/// Empty at first, and gone afterwards.
class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~FolderTest() override { std::filesystem::remove_all(root_); }

  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  /// With the folders that it lies in.
  void Write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }

  const std::string root_ = testing::TempDir() +
                            testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
};

}  // namespace amsel
