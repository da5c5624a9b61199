#include "card/onnx_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> OpsOf(const std::vector<OnnxStep>& steps) {
  std::vector<std::string> ops;
  for (const OnnxStep& step : steps) ops.push_back(step.op);
  return ops;
}

TEST(OnnxGraph, SeesTheSoftmaxThroughNodesThatPassValuesOn) {
  const std::string axis = ProtoWriter().Bytes(1, "axis").Number(3, static_cast<std::uint64_t>(-1)).bytes();
  OnnxGraphWriter graph;
  graph.Node("Gemm", {"input", "w"}, "score").Node("Softmax", {"score"}, "soft", axis);
  graph.Node("Reshape", {"soft", "shape"}, "r").Node("Cast", {"r"}, "c").Node("Identity", {"c"}, "output");
  const OnnxFile file = Parsed(graph.Model());
  EXPECT_THAT(OpsOf(file.outputs[0].steps), ElementsAre("Identity", "Cast", "Reshape", "Softmax"));
  EXPECT_EQ(file.outputs[0].steps.back().axis, -1);
  EXPECT_EQ(LikelyKind(file.outputs[0]), OutputKind::kProbabilities);
  EXPECT_FALSE(StoredAs(file.outputs[0]));
}

TEST(OnnxGraph, TellsTheKindByTheNodeThatComputesTheOutput) {
  const auto kind = [](const std::string& op, const std::vector<std::string>& sizes) {
    return LikelyKind(
        Parsed(OnnxGraphWriter().Node(op, {"input"}, "output").Model(OnnxType::kFloat, sizes)).outputs[0]);
  };
  EXPECT_EQ(kind("Softmax", {"n", "3"}), OutputKind::kProbabilities);
  EXPECT_EQ(kind("LogSoftmax", {"n", "3"}), OutputKind::kLogits);
  EXPECT_EQ(kind("Gemm", {"n", "3"}), OutputKind::kLogits);
  EXPECT_EQ(kind("Sigmoid", {"n", "3"}), OutputKind::kProbabilities);
  EXPECT_EQ(kind("Sigmoid", {"n", "1"}), OutputKind::kSigmoid);
  EXPECT_EQ(kind("Sigmoid", {"n", "1", "1", "1"}), OutputKind::kSigmoid);
  EXPECT_EQ(kind("Sigmoid", {"n"}), OutputKind::kSigmoid);
  EXPECT_EQ(kind("Sigmoid", {}), OutputKind::kProbabilities);
}

TEST(OnnxGraph, SaysHowAStoredOutputStandsForRealNumbers) {
  OnnxGraphWriter graph;
  graph.Node("Softmax", {"input"}, "soft").Node("QuantizeLinear", {"soft", "s", "z"}, "q");
  graph.Node("Flatten", {"q"}, "output").Floats("s", {0.25F}).Byte("z", OnnxType::kInt8, -128);
  const OnnxFile file = Parsed(graph.Model(OnnxType::kInt8));
  const auto stored = StoredAs(file.outputs[0]);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->scale, 0.25);
  EXPECT_EQ(stored->zero_point, -128);
  EXPECT_EQ(OnnxTypeName(stored->type), "INT8");
  EXPECT_EQ(LikelyKind(file.outputs[0]), OutputKind::kProbabilities);
}

TEST(OnnxGraph, ReadsScaleAndZeroPointFromConstantNodesAndQuantizedOperators) {
  OnnxGraphWriter graph;
  graph.Node("Constant", {}, "s",
             OnnxTensorAttribute("value", OnnxTensorBytes("", OnnxType::kFloat, {}, RawFloats({2}))));
  graph.Node("Constant", {}, "z", OnnxTensorAttribute("value", OnnxTensorBytes("", OnnxType::kUint8, {}, "\x07")));
  graph.Node("QLinearSoftmax", {"input", "a", "b", "s", "z"}, "output");
  const auto stored = StoredAs(Parsed(graph.Model(OnnxType::kUint8)).outputs[0]);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->scale, 2);
  EXPECT_EQ(stored->zero_point, 7);
}

TEST(OnnxGraph, AnOutputThatIsDequantizedHoldsRealNumbers) {
  OnnxGraphWriter graph;
  graph.Node("Softmax", {"input"}, "soft").Node("QuantizeLinear", {"soft", "s"}, "q");
  graph.Node("DequantizeLinear", {"q", "s"}, "output").Floats("s", {0.25F});
  const OnnxFile file = Parsed(graph.Model());
  EXPECT_FALSE(StoredAs(file.outputs[0]));
  EXPECT_EQ(LikelyKind(file.outputs[0]), OutputKind::kProbabilities);
}

TEST(OnnxGraph, ShowsTheNormalisationThatTheFileBrings) {
  OnnxGraphWriter graph;
  graph.Node("Sub", {"input", "mean"}, "a").Node("Div", {"a", "std"}, "b").Node("Conv", {"b", "w"}, "c");
  graph.Node("Relu", {"c"}, "output").Floats("mean", {1, 2, 3}).Floats("std", {4, 5, 6});
  const std::vector<OnnxStep> steps = Parsed(graph.Model()).inputs[0].steps;
  ASSERT_THAT(OpsOf(steps), ElementsAre("Sub", "Div", "Conv"));
  EXPECT_TRUE(steps[0].has_constant);
  EXPECT_FALSE(steps[0].constant_first);
  EXPECT_THAT(steps[0].constant, ElementsAre(1, 2, 3));
  EXPECT_THAT(steps[1].constant, ElementsAre(4, 5, 6));
  EXPECT_FALSE(steps[2].has_constant);
}

TEST(OnnxGraph, AnInputThatIsConsumedTwiceIsFollowedNoFurther) {
  OnnxGraphWriter graph;
  graph.Node("Mul", {"k", "input"}, "a").Node("Sub", {"a", "m"}, "b").Node("Add", {"a", "b"}, "output");
  graph.Floats("k", {2});
  const std::vector<OnnxStep> steps = Parsed(graph.Model()).inputs[0].steps;
  ASSERT_THAT(OpsOf(steps), ElementsAre("Mul"));
  EXPECT_TRUE(steps[0].constant_first);
}

TEST(OnnxGraph, CyclesAndMissingNamesEndTheWay) {
  OnnxGraphWriter graph;
  graph.Node("Identity", {"b"}, "a").Node("Identity", {"a"}, "b").Node("Identity", {"b"}, "output");
  EXPECT_EQ(Parsed(graph.Model()).outputs[0].steps.size(), 16U);
  EXPECT_THAT(Parsed(OnnxGraphWriter().Node("Identity", {}, "output").Model()).outputs[0].steps.size(), 1U);
  EXPECT_THAT(Parsed(OnnxGraphWriter().Model()).outputs[0].steps, IsEmpty());
}

TEST(OnnxGraph, ReadsConstantsInEveryForm) {
  struct Case {
    const char* what;
    std::string tensor;
    double value;
  };
  const auto of = [](int type) { return ProtoWriter().Number(2, static_cast<std::uint64_t>(type)).bytes(); };
  const auto varint = [&](int type, int field, std::uint64_t value) {
    return of(type) + ProtoWriter().Number(field, value).bytes();
  };
  const auto raw = [&](int type, const std::string& bytes) { return of(type) + ProtoWriter().Bytes(9, bytes).bytes(); };
  const double third = 1.0 / 3;
  const std::vector<Case> cases{
      {"float, packed", of(1) + ProtoWriter().Bytes(4, RawFloats({0.5F})).bytes(), 0.5},
      {"float, alone", of(1) + "\x25" + RawFloats({0.5F}), 0.5},
      {"double, packed", of(11) + ProtoWriter().Bytes(10, {reinterpret_cast<const char*>(&third), 8}).bytes(), third},
      {"int8", varint(3, 5, static_cast<std::uint64_t>(-5)), -5},
      {"int32, packed", of(6) + ProtoWriter().Bytes(5, "\x05").bytes(), 5},
      {"int64", varint(7, 7, static_cast<std::uint64_t>(-1)), -1},
      {"uint64", varint(13, 11, 9), 9},
      {"uint32", varint(12, 11, 9), 9},
      {"float16 as a number", varint(10, 5, 0x3C00), 1},
      {"float16", raw(10, std::string("\x00\xC0", 2)), -2},
      {"float16, the least", raw(10, std::string("\x01\x00", 2)), 5.960464477539063e-8},
      {"bfloat16", raw(16, "\x80\x3F"), 1},
      {"uint16", raw(4, "\x01\x01"), 257},
      {"int16", raw(5, "\xFF\xFF"), -1},
      {"bool", raw(9, "\x01"), 1},
  };
  for (const Case& each : cases) {
    OnnxGraphWriter graph;
    graph.Node("Constant", {}, "k", OnnxTensorAttribute("value", each.tensor)).Node("Mul", {"input", "k"}, "output");
    const std::vector<OnnxStep> steps = Parsed(graph.Model()).inputs[0].steps;
    ASSERT_EQ(steps.size(), 1U) << each.what;
    EXPECT_THAT(steps[0].constant, ElementsAre(each.value)) << each.what;
  }
}

TEST(OnnxGraph, ALargeOrForeignConstantIsNotedWithoutItsValues) {
  for (const std::string& tensor :
       {OnnxTensorBytes("k", OnnxType::kFloat, {65}, RawFloats(std::vector<float>(65, 1))),
        OnnxTensorBytes("k", OnnxType::kFloat, {2}, RawFloats({1})), OnnxTensorBytes("k", OnnxType{22}, {1}, "\x01"),
        OnnxExternalTensor("k", OnnxType::kFloat, {1}, "k.bin", 0, 4)}) {
    const std::string graph = ProtoWriter()
                                  .Bytes(1, OnnxNodeBytes("Mul", {"input", "k"}, "output"))
                                  .Bytes(5, tensor)
                                  .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"1"}))
                                  .bytes();
    const std::vector<OnnxStep> steps = Parsed(OnnxModelBytes(graph)).inputs[0].steps;
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_TRUE(steps[0].has_constant);
    EXPECT_THAT(steps[0].constant, IsEmpty());
  }
}

}  // namespace
}  // namespace amsel
