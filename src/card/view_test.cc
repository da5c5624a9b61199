#include "card/view.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(View, EachIsTakenAndKnownAgain) {
  Preprocess plain;
  plain.height = plain.width = 32;
  for (const std::string& view : Views()) {
    const Preprocess seen = InView(plain, view);
    EXPECT_EQ(ViewOf(seen), view);
    EXPECT_EQ(seen == plain, view == kIdentityView) << view;
    for (const std::string& other : Views()) EXPECT_EQ(InView(seen, other), InView(plain, other));
  }
}

TEST(View, IsPartOfTheNameUnlessTheImageIsAsItIs) {
  EXPECT_EQ(NameInView("small", kIdentityView), "small");
  EXPECT_EQ(NameInView("small", "denoise"), "small@denoise");
}

}  // namespace
}  // namespace amsel
