#include "card/free_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Freed(const std::string& bytes) {
  const auto freed = FreeOfSize(bytes, "model.onnx");
  EXPECT_TRUE(freed.ok()) << freed.error().message;
  return freed.ok() ? *freed : "";
}

std::string WhyNotFreed(const std::string& bytes) {
  const auto freed = FreeOfSize(bytes, "model.onnx");
  return freed.ok() ? "accepted" : freed.error().message;
}

/// "input" with these sizes, handed on.
std::string WithInput(const std::vector<std::string>& sizes) {
  return OnnxModelBytes(ProtoWriter()
                            .Bytes(1, OnnxNodeBytes("Identity", {"input"}, "logits"))
                            .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, sizes))
                            .Bytes(12, OnnxValueBytes("logits", OnnxType::kFloat, {"1", "2"}))
                            .bytes());
}

TEST(FreeOfSize, NamesHeightAndWidthAndKeepsTheRest) {
  const std::string bytes = PoolingOnnx(8);
  const OnnxFile before = Parsed(bytes);
  const OnnxFile after = Parsed(Freed(bytes));
  EXPECT_THAT(after.inputs.front().shape, ElementsAre(-1, 1, -1, -1));
  EXPECT_THAT(after.inputs.front().free_names, ElementsAre("batch", "", "amsel_height", "amsel_width"));
  EXPECT_EQ(after.inputs.front().type, before.inputs.front().type);
  EXPECT_EQ(after.outputs.front().shape, before.outputs.front().shape);
  EXPECT_EQ(after.opsets, before.opsets);
  EXPECT_EQ(after.initializers, before.initializers);
}

TEST(FreeOfSize, FindsHeightAndWidthOfBothLayouts) {
  EXPECT_THAT(Parsed(Freed(WithInput({"1", "3", "16", "16"}))).inputs.front().shape, ElementsAre(1, 3, -1, -1));
  EXPECT_THAT(Parsed(Freed(WithInput({"1", "16", "16", "3"}))).inputs.front().shape, ElementsAre(1, -1, -1, 3));
  EXPECT_THAT(Parsed(Freed(WithInput({"1", "3", "h", "w"}))).inputs.front().shape, ElementsAre(1, 3, -1, -1));
}

TEST(FreeOfSize, PoolsOverAllOfAMapWhateverItsSize) {
  const OnnxFile freed = Parsed(Freed(PoolingOnnx(8)));
  EXPECT_EQ(freed.ops.at("GlobalAveragePool"), 1);
  EXPECT_EQ(freed.ops.at("AveragePool"), 1);  // for maps of the kernel's size
  EXPECT_EQ(freed.ops.at("If"), 1);
}

TEST(FreeOfSize, LeavesPoolsThatMakeMapsSmaller) {
  const auto pooled = [](const std::vector<std::uint64_t>& kernel, const std::string& pads) {
    const std::string node =
        OnnxNodeBytes("AveragePool", {"input"}, "logits", OnnxWholesAttribute("kernel_shape", kernel)) +
        (pads.empty() ? "" : ProtoWriter().Bytes(5, pads).bytes());
    const OnnxFile freed =
        Parsed(Freed(OnnxModelBytes(ProtoWriter()
                                        .Bytes(1, node)
                                        .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"1", "1", "8", "8"}))
                                        .Bytes(12, OnnxValueBytes("logits", OnnxType::kFloat, {"1", "2"}))
                                        .bytes())));
    return freed.ops.contains("GlobalAveragePool");
  };
  EXPECT_TRUE(pooled({7, 7}, ""));
  EXPECT_TRUE(pooled({7, 7}, OnnxWholesAttribute("pads", {0, 0, 0, 0})));
  EXPECT_FALSE(pooled({2, 2}, ""));
  EXPECT_FALSE(pooled({7, 7}, OnnxWholesAttribute("pads", {3, 3, 3, 3})));
  EXPECT_FALSE(pooled({7}, ""));
}

TEST(FreeOfSize, RefusesWhatHasNoSquareImage) {
  EXPECT_THAT(WhyNotFreed(WithInput({"1", "3", "16", "24"})), HasSubstr("model.onnx: input `input` is not square"));
  EXPECT_THAT(WhyNotFreed(WithInput({"1", "3"})), HasSubstr("has no input of four dimensions"));
  EXPECT_THAT(WhyNotFreed("no ONNX"), HasSubstr("model.onnx"));
}

TEST(OnnxReduction, IsTheProductOfTheStridesOnTheWay) {
  const auto strided = [](const std::string& op, std::uint64_t stride) {
    return OnnxNodeBytes(op, {"a"}, "b", OnnxWholesAttribute("strides", {stride, stride}));
  };
  const auto reduction = [](const std::vector<std::string>& nodes) {
    ProtoWriter graph;
    for (const std::string& node : nodes) graph.Bytes(1, node);
    return Parsed(OnnxModelBytes(graph.bytes())).reduction;
  };
  const std::string first = OnnxNodeBytes("Conv", {"input"}, "a", OnnxWholesAttribute("strides", {2, 2}));
  EXPECT_EQ(reduction({first}), 2);
  EXPECT_EQ(reduction({first, strided("MaxPool", 2)}), 4);
  EXPECT_EQ(reduction({first, strided("Relu", 2)}), 2);  // no such attribute of this operator
  EXPECT_EQ(reduction({OnnxNodeBytes("Relu", {"input"}, "a")}), 1);
  // Ways side by side: that of more strides counts.
  const std::string aside = OnnxNodeBytes("Conv", {"input"}, "c", OnnxWholesAttribute("strides", {3, 3}));
  EXPECT_EQ(reduction({first, aside, OnnxNodeBytes("Add", {"a", "c"}, "d")}), 3);
}

}  // namespace
}  // namespace amsel
