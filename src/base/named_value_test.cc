#include "base/named_value.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(ParseNamedValue, TakesANameBeforeTheFirstEqualsSign) {
  EXPECT_EQ(ParseNamedValue("cat=nets/a.onnx").name, "cat");
  EXPECT_EQ(ParseNamedValue("cat=nets/a.onnx").value, "nets/a.onnx");
  EXPECT_EQ(ParseNamedValue("cat=a=b").value, "a=b");
  EXPECT_EQ(ParseNamedValue("=b").name, "");
}

TEST(ParseNamedValue, LeavesPathsWithAnEqualsSignAlone) {
  for (const char* path : {"nets/lr=1/a.onnx", "./lr=1.onnx", "a.onnx", ""}) {
    EXPECT_FALSE(ParseNamedValue(path).name.has_value()) << path;
    EXPECT_EQ(ParseNamedValue(path).value, path);
  }
}

}  // namespace
}  // namespace amsel
