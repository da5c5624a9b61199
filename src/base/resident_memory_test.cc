#include "base/resident_memory.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

namespace amsel {
namespace {

TEST(ResidentMemory, GrowsWithWhatIsUsedAndShrinksWhenItIsGivenBack) {
  constexpr std::size_t kBlock = 4096;  // small enough to come from the heap, which keeps what is freed
  constexpr std::size_t kBlocks = 8192;
  const std::int64_t before = ResidentBytes();
  ASSERT_GT(before, 0);
  std::vector<std::unique_ptr<char[]>> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
  const std::int64_t most = ResidentBytes();
  EXPECT_GE(most - before, static_cast<std::int64_t>(kBlock * kBlocks / 2));
  if (dlsym(RTLD_DEFAULT, "__asan_init") != nullptr || dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr) {
    GTEST_SKIP() << "a sanitizer's heap keeps what is freed";
  }
  blocks.clear();
  ReturnFreedMemory();
  EXPECT_LE(ResidentBytes(), most - static_cast<std::int64_t>(kBlock * kBlocks / 2));
}

}  // namespace
}  // namespace amsel
