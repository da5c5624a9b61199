#include "card/onnx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

std::string Complaint(const std::string& bytes) {
  const auto file = ParseOnnx(bytes, "model.onnx");
  return file.ok() ? "accepted" : file.error().message;
}

TEST(OnnxFile, SaysNamesTypesAndShapes) {
  const OnnxFile file = Parsed(DequantizingOnnx(OnnxType::kInt8, 3, 0, 0.5F, -3));
  EXPECT_EQ(file.ir_version, 8);
  EXPECT_THAT(file.opsets, ElementsAre(Pair("", 13)));
  EXPECT_EQ(file.graph_name, "dequantizing");
  ASSERT_EQ(file.inputs.size(), 1U);
  const OnnxInput& input = file.inputs[0];
  EXPECT_EQ(input.name, "input");
  EXPECT_TRUE(input.is_tensor);
  EXPECT_EQ(OnnxTypeName(input.type), "INT8");
  EXPECT_THAT(input.shape, ElementsAre(-1, 3, -1, -1));
  EXPECT_THAT(input.free_names, ElementsAre("batch", "", "input0", "input1"));
  EXPECT_FALSE(input.has_default);
  ASSERT_EQ(file.outputs.size(), 1U);
  EXPECT_EQ(file.outputs[0].name, "logits");
  EXPECT_EQ(OnnxTypeName(file.outputs[0].type), "FLOAT");
  EXPECT_EQ(file.nodes, 2);
  EXPECT_EQ(file.initializers, 2);
  EXPECT_THAT(file.ops, ElementsAre(Pair("DequantizeLinear", 1), Pair("Flatten", 1)));
  EXPECT_THAT(file.data_files, IsEmpty());
}

TEST(OnnxFile, SaysWhoMadeItAndItsMetadata) {
  const auto entry = [](const std::string& key, const std::string& value) {
    return ProtoWriter().Bytes(1, key).Bytes(2, value).bytes();
  };
  const OnnxFile file = Parsed(OnnxModelBytes("", ProtoWriter()
                                                      .Bytes(2, "pytorch")
                                                      .Bytes(3, "2.9.0")
                                                      .Bytes(4, "org.example")
                                                      .Number(5, 7)
                                                      .Bytes(6, "what it is")
                                                      .Bytes(8, ProtoWriter().Bytes(1, "com.x").Number(2, 3).bytes())
                                                      .Bytes(14, entry("names", "{0: 'cat'}"))
                                                      .Bytes(14, entry("imgsz", "[224, 224]"))
                                                      .Bytes(14, entry("long", std::string((4 << 20) + 1, 'x')))
                                                      .bytes()));
  EXPECT_EQ(file.producer_name, "pytorch");
  EXPECT_EQ(file.producer_version, "2.9.0");
  EXPECT_EQ(file.domain, "org.example");
  EXPECT_EQ(file.model_version, 7);
  EXPECT_EQ(file.doc, "what it is");
  EXPECT_THAT(file.opsets, ElementsAre(Pair("", 13), Pair("com.x", 3)));
  EXPECT_THAT(file.metadata, ElementsAre(Pair("names", "{0: 'cat'}"), Pair("imgsz", "[224, 224]"), Pair("long", "")));
}

TEST(OnnxFile, AnInputThatAnInitializerNamesHasADefault) {
  ProtoWriter graph;
  graph.Bytes(11, OnnxValueBytes("x", OnnxType::kFloat, {"1"}))
      .Bytes(11, OnnxValueBytes("w", OnnxType::kFloat, {"1"}))
      .Bytes(5, OnnxTensorBytes("w", OnnxType::kFloat, {1}, RawFloats({1})));
  const OnnxFile file = Parsed(OnnxModelBytes(graph.bytes()));
  ASSERT_EQ(file.inputs.size(), 2U);
  EXPECT_FALSE(file.inputs[0].has_default);
  EXPECT_TRUE(file.inputs[1].has_default);
}

TEST(OnnxFile, AValueThatIsNoTensorOrHasNoShape) {
  const std::string sequence = ProtoWriter().Bytes(1, "s").Bytes(2, ProtoWriter().Bytes(4, "").bytes()).bytes();
  const std::string shapeless =
      ProtoWriter().Bytes(1, "t").Bytes(2, ProtoWriter().Bytes(1, ProtoWriter().Number(1, 1).bytes()).bytes()).bytes();
  const OnnxFile file = Parsed(OnnxModelBytes(ProtoWriter().Bytes(12, sequence).Bytes(12, shapeless).bytes()));
  EXPECT_FALSE(file.outputs[0].is_tensor);
  EXPECT_TRUE(file.outputs[1].is_tensor);
  EXPECT_FALSE(file.outputs[1].has_shape);
}

TEST(OnnxFile, TwoGraphsAreOne) {
  const std::string more = ProtoWriter().Bytes(12, OnnxValueBytes("embedding", OnnxType::kFloat, {"1", "8"})).bytes();
  const OnnxFile file = Parsed(DequantizingOnnx(OnnxType::kUint8, 1, 2, 1, 0) + ProtoWriter().Bytes(7, more).bytes());
  ASSERT_EQ(file.outputs.size(), 2U);
  EXPECT_EQ(file.outputs[0].name, "logits");
  EXPECT_EQ(file.outputs[1].name, "embedding");
}

TEST(OnnxFile, FindsDataFilesWhereverTensorsAre) {
  const auto external = [](const std::string& file, std::uint64_t offset = 0) {
    return OnnxExternalTensor("t", OnnxType::kFloat, {2}, file, offset, 8);
  };
  const auto sparse = [&](const std::string& values, const std::string& indices) {
    return ProtoWriter().Bytes(1, external(values)).Bytes(2, external(indices)).bytes();
  };
  const std::string inner = ProtoWriter().Bytes(5, external("inner.bin")).Bytes(15, sparse("sv", "si")).bytes();
  const std::string graphs = ProtoWriter()
                                 .Bytes(1, "branch")
                                 .Bytes(6, inner)
                                 .Bytes(11, ProtoWriter().Bytes(5, external("list.bin")).bytes())
                                 .Bytes(10, external("tensors.bin"))
                                 .Bytes(22, sparse("av", "ai"))
                                 .Bytes(23, sparse("bv", "bi"))
                                 .bytes();
  const std::string function =
      ProtoWriter()
          .Bytes(1, "F")
          .Bytes(7, OnnxNodeBytes("Constant", {}, "c", OnnxTensorAttribute("value", external("function.bin"))))
          .Bytes(11, OnnxTensorAttribute("a", external("default.bin")))
          .bytes();
  const std::string training = ProtoWriter().Bytes(2, ProtoWriter().Bytes(5, external("training.bin")).bytes()).bytes();
  const std::string graph =
      ProtoWriter()
          .Bytes(5, external("weights/part1.bin"))
          .Bytes(5, external("weights/part1.bin", 1000))
          .Bytes(15, sparse("outer_v", "outer_i"))
          .Bytes(1, OnnxNodeBytes("Constant", {}, "c", OnnxTensorAttribute("value", external("c.bin"))))
          .Bytes(1, OnnxNodeBytes("If", {"c"}, "d", graphs))
          .bytes();
  const OnnxFile file = Parsed(OnnxModelBytes(graph, ProtoWriter().Bytes(20, training).Bytes(25, function).bytes()));
  EXPECT_THAT(file.data_files, ElementsAre(Key("ai"), Key("av"), Key("bi"), Key("bv"), Key("c.bin"), Key("default.bin"),
                                           Key("function.bin"), Key("inner.bin"), Key("list.bin"), Key("outer_i"),
                                           Key("outer_v"), Key("si"), Key("sv"), Key("tensors.bin"),
                                           Key("training.bin"), Pair("weights/part1.bin", 1008)));
  EXPECT_EQ(file.initializers, 3);
  EXPECT_EQ(file.ops.at("Constant"), 2);
}

TEST(OnnxFile, RefusesWhatIsNoModel) {
  EXPECT_THAT(Complaint(""), HasSubstr("model.onnx: is no ONNX file: at byte 0: it ends without a graph"));
  EXPECT_THAT(Complaint("hello"), HasSubstr("is no ONNX file: at byte 2"));
  EXPECT_THAT(Complaint(std::string(1, '\0')), HasSubstr("expected a field"));
  EXPECT_THAT(Complaint("\x08"), HasSubstr("in the middle of a number"));
  EXPECT_THAT(Complaint("\x08" + std::string(10, '\xFF') + "\x01"), HasSubstr("more than 64 bits"));
  EXPECT_THAT(Complaint("\x0B"), HasSubstr("expected a field"));  // a group
  const std::string whole = DequantizingOnnx(OnnxType::kInt8, 3, 2, 1, 0);
  EXPECT_THAT(Complaint(whole.substr(0, whole.size() / 2)), HasSubstr("is the file whole?"));
}

TEST(OnnxFile, BoundsNestingNamesAndCounts) {
  std::string graph;
  for (int depth = 0; depth < 40; ++depth) {
    graph = ProtoWriter().Bytes(1, ProtoWriter().Bytes(5, ProtoWriter().Bytes(6, graph).bytes()).bytes()).bytes();
  }
  EXPECT_THAT(Complaint(OnnxModelBytes(graph)), HasSubstr("too deep"));
  EXPECT_THAT(Complaint(OnnxModelBytes(ProtoWriter().Bytes(2, std::string(65'537, 'x')).bytes())),
              HasSubstr("a text of more than 65536 bytes"));
  std::string nodes;
  for (int i = 0; i <= 1 << 20; ++i) nodes += std::string("\x0A\x00", 2);
  EXPECT_THAT(Complaint(OnnxModelBytes(nodes)), HasSubstr("too many nodes"));
  std::string files;
  for (int i = 0; i <= 10'000; ++i) {
    files += ProtoWriter().Bytes(5, OnnxExternalTensor("", OnnxType::kFloat, {}, std::to_string(i), 0, 4)).bytes();
  }
  EXPECT_THAT(Complaint(OnnxModelBytes(files)), HasSubstr("too many data files"));
}

TEST(OnnxFile, RefusesTensorsElsewhereThatDoNotSayWhere) {
  const auto complaint = [](const ProtoWriter& tensor) {
    return Complaint(OnnxModelBytes(ProtoWriter().Bytes(5, tensor.bytes()).bytes()));
  };
  const auto entry = [](const std::string& key, const std::string& value) {
    return ProtoWriter().Bytes(1, key).Bytes(2, value).bytes();
  };
  EXPECT_THAT(complaint(ProtoWriter().Number(14, 1)), HasSubstr("does not name that file"));
  const std::string location = entry("location", "x");
  for (const char* wrong : {"-1", "1x", "99999999999999999999"}) {
    EXPECT_THAT(complaint(ProtoWriter().Bytes(13, location).Bytes(13, entry("offset", wrong)).Number(14, 1)),
                HasSubstr("must be numbers"));
  }
  EXPECT_THAT(complaint(ProtoWriter()
                            .Bytes(13, location)
                            .Bytes(13, entry("offset", "18446744073709551615"))
                            .Bytes(13, entry("length", "1"))
                            .Number(14, 1)),
              HasSubstr("beyond any file"));
  EXPECT_EQ(complaint(ProtoWriter().Bytes(13, location)), "accepted");  // its values lie in this file
}

TEST(OnnxFile, KnowsTheNamesOfTypes) {
  EXPECT_EQ(OnnxTypeName(0), "UNDEFINED");
  EXPECT_EQ(OnnxTypeName(1), "FLOAT");
  EXPECT_EQ(OnnxTypeName(10), "FLOAT16");
  EXPECT_EQ(OnnxTypeName(16), "BFLOAT16");
  EXPECT_EQ(OnnxTypeName(26), "INT2");
  EXPECT_EQ(OnnxTypeName(77), "type 77");
  EXPECT_EQ(OnnxTypeName(-1), "type -1");
}

TEST(OnnxFile, AFileReadInPiecesSaysTheSameAsItsBytes) {
  const std::string path = testing::TempDir() + "onnx_file_test.onnx";
  OnnxGraphWriter graph;
  for (int i = 0; i < 3000; ++i) {
    graph.Node("Add", {"x" + std::to_string(i), "w" + std::to_string(i)}, "x" + std::to_string(i + 1));
    graph.Floats("w" + std::to_string(i), std::vector<float>(static_cast<std::size_t>(i % 97), 1));
  }
  const std::string bytes = graph.Node("Softmax", {"x3000"}, "output").Model();
  ASSERT_TRUE(WriteFile(path, bytes).ok());
  const OnnxFile expected = Parsed(bytes);
  const auto found = ReadOnnxFile(path);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->nodes, 3001);
  EXPECT_EQ(found->ops, expected.ops);
  EXPECT_EQ(found->initializers, expected.initializers);
  EXPECT_EQ(found->outputs[0].steps.size(), expected.outputs[0].steps.size());
  EXPECT_EQ(found->outputs[0].shape, expected.outputs[0].shape);
}

TEST(OnnxFile, WeightsOfGigabytesAreNotRead) {
  const std::string path = testing::TempDir() + "onnx_file_test_sparse.onnx";
  const std::string head = OnnxModelBytes(ProtoWriter().Bytes(2, "large").bytes());
  const std::uint64_t weights = std::uint64_t{3} << 30;
  std::string length;
  for (std::uint64_t left = weights; left > 0; left >>= 7) {
    length += static_cast<char>((left & 0x7F) | (left >= 0x80 ? 0x80 : 0));
  }
  const std::string tag = "\x7A";  // field 15 of the model: bytes that nobody knows
  std::ofstream(path, std::ios::binary) << head << tag << length;
  std::filesystem::resize_file(path, head.size() + 1 + length.size() + weights);  // a hole: takes no disk
  const auto file = ReadOnnxFile(path);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->graph_name, "large");
  std::filesystem::remove(path);
}

TEST(OnnxFile, NamesFilesThatAreSomethingElse) {
  const std::string path = testing::TempDir() + "onnx_file_test_other.onnx";
  const auto complaint = [&](const std::string& bytes) {
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    const auto file = ReadOnnxFile(path);
    return file.ok() ? "accepted" : file.error().message;
  };
  EXPECT_THAT(complaint("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), HasSubstr("Git LFS pointer"));
  EXPECT_THAT(complaint(std::string("\x20\x00\x00\x00ORTM\x00\x00", 10)), HasSubstr("must end in .ort"));
  EXPECT_THAT(complaint("<!DOCTYPE html>"), HasSubstr(path + ": is no ONNX file"));
  EXPECT_THAT(ReadOnnxFile(path + ".none").error().message, HasSubstr("cannot be opened"));
  EXPECT_THAT(ReadOnnxFile(testing::TempDir()).error().message, HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace amsel
