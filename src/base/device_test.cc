#include "base/device.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(ListsVnni, LooksForTheFlagAsAWord) {
  EXPECT_TRUE(ListsVnni("processor\t: 0\nflags\t\t: fpu avx512_vnni sse\n"));
  EXPECT_TRUE(ListsVnni("flags : avx_vnni\n"));
  EXPECT_FALSE(ListsVnni("flags : fpu avx512_vnnix avx2\n"));
}

TEST(ListsVnni, ArmListsNoFlags) {
  EXPECT_FALSE(ListsVnni("processor : 0\nFeatures : fp asimd avx_vnni\n"));
  EXPECT_FALSE(ListsVnni(""));
}

}  // namespace
}  // namespace amsel
