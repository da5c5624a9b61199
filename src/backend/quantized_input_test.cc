// From 8-bit pixels through a card's scale and zero point into DNNs whose inputs are uint8 and int8.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/candidate_runner.h"
#include "backend/onnxruntime_backend.h"
#include "backend/plugin_backend.h"
#include "base/file.h"
#include "image/preprocess.h"
#include "tests/support/table_over_backend.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kSide = 2;

struct Quantization {
  const char* name;
  ElementType type;
  OnnxType onnx;
  double scale;
  int zero_point;
  std::vector<float> expected;  ///< for the pixels 0, 100, 201, 255, normalised by mean 100 and std 50
};

class QuantizedInput : public testing::TestWithParam<Quantization> {
 protected:
  Card CardOf() const {
    const Quantization& quantization = GetParam();
    const Json json = {{"schema", "card/1"},
                       {"name", "q"},
                       {"input",
                        {{"name", "input"},
                         {"layout", "NCHW"},
                         {"height", kSide},
                         {"width", kSide},
                         {"channels", "GRAY"},
                         {"dtype", quantization.type == ElementType::kInt8 ? "int8" : "uint8"},
                         {"scale", quantization.scale},
                         {"zero_point", quantization.zero_point}}},
                       {"preprocess",
                        {{"center_crop_fraction", 1},
                         {"interpolation", "bilinear"},
                         {"mean", Json::array({100})},
                         {"std", Json::array({50})}}},
                       {"output", {{"name", "logits"}, {"kind", "logits"}}},
                       {"labels", "labels.txt"}};
    return ParseCard(json, "card.json").value();
  }

  std::string ModelFile() const {
    const Quantization& q = GetParam();
    const std::string file = testing::TempDir() + "quantized_" + q.name + ".onnx";
    EXPECT_TRUE(WriteFile(file, DequantizingOnnx(q.onnx, 1, kSide, static_cast<float>(q.scale), q.zero_point)).ok());
    return file;
  }
};

TEST_P(QuantizedInput, ReachesTheDnnAsTheRealValuesThatTheCardMeans) {
  const auto direct = OpenOnnxRuntime();
  ASSERT_TRUE(direct.ok()) << direct.error().message;
  const TableOverBackend through(**direct);
  const auto plugin = OverTable(through.table(), "through the table");
  const std::string file = ModelFile();
  const Card card = CardOf();
  Preprocessor preprocessor(card.preprocess);
  std::vector<std::byte> tensor(TensorBytes(card.preprocess));
  EXPECT_EQ(tensor.size(), 4U);  // a byte a value
  Image image{kSide, kSide, {}};
  for (const int gray : {0, 100, 201, 255}) image.pixels.insert(image.pixels.end(), 3, static_cast<std::uint8_t>(gray));
  preprocessor.Apply(image, tensor);
  for (Backend* backend : {direct->get(), plugin->get()}) {
    const auto runner = CandidateRunner::Open(*backend, {}, file, card, 4);
    ASSERT_TRUE(runner.ok()) << runner.error().message;
    std::vector<float> raw;
    const Status status = runner->InferBatch(tensor, 1, raw);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_THAT(raw, testing::Pointwise(testing::FloatNear(1e-5F), GetParam().expected));
    std::vector<std::byte> twice = tensor;
    twice.insert(twice.end(), tensor.begin(), tensor.end());
    ASSERT_TRUE(runner->InferBatch(twice, 2, raw).ok());
    EXPECT_EQ(raw.size(), 8U);
  }
}

TEST_P(QuantizedInput, ACardOfAnotherTypeIsRefused) {
  const auto backend = OpenOnnxRuntime();
  Card card = CardOf();
  card.preprocess.type = ElementType::kFloat32;
  const auto runner = CandidateRunner::Open(**backend, {}, ModelFile(), card, 4);
  ASSERT_FALSE(runner.ok());
  EXPECT_THAT(runner.error().message, HasSubstr("its card says (`input.dtype`) float32"));
}

// Real values of the pixels are −2, 0, 2.02 and 3.1. With a scale of 0.05 these are −40, 0, 40.4 and 62 steps.
INSTANTIATE_TEST_SUITE_P(
    All, QuantizedInput,
    testing::Values(Quantization{"uint8", ElementType::kUint8, OnnxType::kUint8, 0.05, 128, {-2, 0, 2, 3.1F}},
                    Quantization{"int8", ElementType::kInt8, OnnxType::kInt8, 0.05, 3, {-2, 0, 2, 3.1F}},
                    // What does not fit is clamped: −128 is −1.5 here.
                    Quantization{
                        "int8_clamped", ElementType::kInt8, OnnxType::kInt8, 0.0125, -8, {-1.5F, 0, 1.6875F, 1.6875F}}),
    [](const auto& made) { return std::string(made.param.name); });

TEST(OnnxRuntimeBackend, TellsFreeSizesFromTheNumberOfValues) {
  const auto backend = OpenOnnxRuntime();
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  const std::string file = testing::TempDir() + "free_sizes.onnx";
  ASSERT_TRUE(WriteFile(file, DequantizingOnnx(OnnxType::kUint8, 3, 0, 1, 0)).ok());
  const auto session = (*backend)->Open(file, {});
  ASSERT_TRUE(session.ok()) << session.error().message;
  EXPECT_THAT((*session)->info().inputs[0].shape, ElementsAre(-1, 3, -1, -1));
  std::vector<float> output;
  const std::vector<std::byte> two(2 * 3 * 4 * 4);
  ASSERT_TRUE((*session)->Run(0, two, 2, 0, output).ok());
  EXPECT_EQ(output.size(), two.size());
  const Status status = (*session)->Run(0, std::span(two).first(3 * 4 * 2), 1, 0, output);  // no square
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("cannot be told"));
}

}  // namespace
}  // namespace amsel
