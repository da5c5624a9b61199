#include "profile/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "profile/resume.h"

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(ProfileStore, WhoComesSecondNeitherWritesNorRemovesAFileThatIsBeingMade) {
  const std::string file = testing::TempDir() + "store_test_claimed.db";
  RemoveProfile(file);
  auto first = ProfileStore::Create(file);
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = ProfileStore::Create(file);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(first->SetMeta("zoo", "here").ok());
  ASSERT_TRUE(WriteFile(file + ".empty", "").ok());  // claimed, its tables not yet made
  EXPECT_FALSE(ProfileStore::Create(file + ".empty").ok());
  EXPECT_TRUE(std::filesystem::exists(file + ".empty"));
  RemoveProfile(file);
  RemoveProfile(file + ".empty");
}

TEST(ProfileStore, OneWritesAndOthersMayReadMeanwhile) {
  const std::string file = testing::TempDir() + "store_test_two.db";
  {
    auto first = ProfileStore::Create(file);
    ASSERT_TRUE(first.ok()) << first.error().message;
    const auto second = ProfileStore::Open(file, /*writable=*/true);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kRuntime);
    EXPECT_THAT(second.error().message, HasSubstr("is in use by another profile run"));
    EXPECT_FALSE(RemoveIfUnfinished(file));
    EXPECT_TRUE(ProfileStore::Open(file, /*writable=*/false).ok());
  }
  EXPECT_TRUE(ProfileStore::Open(file, /*writable=*/true).ok());
}

TEST(ProfileStore, AnImageThatCannotBeUsedIsInNoOtherTable) {
  const std::string file = testing::TempDir() + "store_test_failure.db";
  RemoveProfile(file);
  auto store = ProfileStore::Create(file);
  ASSERT_TRUE(store.ok()) << store.error().message;
  ASSERT_TRUE(store->PutInput({3, "a.png", "a.png", "", 1, 1, 0, "", 1, "", Nanoseconds(1), ""}).ok());
  ASSERT_TRUE(store->PutRun(3, 1, 1, Nanoseconds(1), {Nanoseconds(1), {}, 0}).ok());
  ASSERT_TRUE(store->PutRunFailure({3, 2, "NaN"}).ok());
  ASSERT_EQ(store->RunFailures()->size(), 1U);
  ASSERT_TRUE(store->PutFailure(3, "gone").ok());
  const StoredProgress progress = store->Progress().value();
  EXPECT_TRUE(progress.inputs.empty());
  EXPECT_TRUE(progress.runs.empty());
  EXPECT_EQ(progress.failures.count(3), 1U);
  ASSERT_TRUE(store->ForgetFailures().ok());
  EXPECT_TRUE(store->Failures()->empty());
  RemoveProfile(file);
}

}  // namespace
}  // namespace amsel
